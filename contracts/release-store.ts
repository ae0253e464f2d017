import { canonicalJson, sha256Hex } from "./canonical.ts";
import type { ObjectStore } from "./object-store.ts";
import {
  DamagedError,
  parseRelease,
  releaseDigest,
  type ReleaseManifest,
  shortDigest,
} from "./release.ts";

/** Reads releases from one bucket and writes nothing to it: every manifest and every file is checked by its digest. */
export class ReleaseReader {
  readonly #store: Pick<ObjectStore, "get">;
  readonly #bucket: string;

  constructor(store: Pick<ObjectStore, "get">, bucket: string) {
    this.#store = store;
    this.#bucket = bucket;
  }

  /**
   * Reads a manifest and checks that it is the one the digest names.
   * @throws Error where it is missing or altered.
   */
  async manifest(digest: string): Promise<ReleaseManifest> {
    const bytes = await this.#store.get(this.#bucket, manifestKey(digest));
    if (bytes === undefined) throw new ReleaseMissingError(digest);
    return parseRelease(new TextDecoder().decode(bytes), digest);
  }

  /**
   * Reads one file of a release and checks its digest.
   * @throws Error where it is missing or altered.
   */
  async file(sha256: string): Promise<Uint8Array> {
    const bytes = await this.#store.get(this.#bucket, blobKey(sha256));
    if (bytes === undefined) throw new BlobMissingError(sha256);
    const actual = sha256Hex(bytes);
    if (actual !== sha256) {
      throw new DamagedError(
        `blob ${shortDigest(sha256)} is damaged: its content has digest ${shortDigest(actual)}`,
      );
    }
    return bytes;
  }
}

/** Releases by content in one bucket: files by their own digest, manifests by the release's. */
export class ReleaseStore extends ReleaseReader {
  readonly #store: Pick<ObjectStore, "get" | "putOnce">;
  readonly #bucket: string;

  constructor(store: Pick<ObjectStore, "get" | "putOnce">, bucket: string) {
    super(store, bucket);
    this.#store = store;
    this.#bucket = bucket;
  }

  /**
   * Stores a release: every file first, the manifest last, so that a manifest never names what is not there.
   * Doing it again, or twice at once, changes nothing.
   * @param contents bytes by file path, exactly those that the manifest names
   * @returns the release's digest
   * @throws Error where bytes and manifest disagree; nothing is written then.
   */
  async put(manifest: ReleaseManifest, contents: ReadonlyMap<string, Uint8Array>): Promise<string> {
    const digest = releaseDigest(manifest);
    for (const file of manifest.files) {
      const bytes = contents.get(file.path);
      if (bytes === undefined)
        throw new Error(`release ${shortDigest(digest)}: no content for ${file.path}`);
      if (bytes.length !== file.size || sha256Hex(bytes) !== file.sha256) {
        throw new Error(
          `release ${shortDigest(digest)}: ${file.path} is not the file the manifest names`,
        );
      }
    }
    for (const file of manifest.files) {
      await this.#store.putOnce(
        this.#bucket,
        blobKey(file.sha256),
        contents.get(file.path) as Uint8Array,
      );
    }
    await this.#store.putOnce(this.#bucket, manifestKey(digest), canonicalJson(manifest));
    return digest;
  }
}

/** No release of that digest is in the store (yet). */
export class ReleaseMissingError extends Error {
  constructor(digest: string) {
    super(`release ${shortDigest(digest)} is not in the object store`);
    this.name = "ReleaseMissingError";
  }
}

/** A release names a file that is not in the store (yet). */
export class BlobMissingError extends Error {
  constructor(sha256: string) {
    super(`blob ${shortDigest(sha256)} is not in the object store`);
    this.name = "BlobMissingError";
  }
}

function blobKey(sha256: string): string {
  return `blobs/sha256/${sha256}`;
}

function manifestKey(digest: string): string {
  return `releases/${digest}.json`;
}
