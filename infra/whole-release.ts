import { sha256Hex } from "../contracts/canonical.ts";
import { artifactIfThere, type Mlflow } from "../contracts/mlflow.ts";
import type { Run } from "../contracts/mlflow-types.ts";
import { DamagedError, type ReleaseManifest, shortDigest } from "../contracts/release.ts";
import { BlobMissingError, ReleaseMissingError } from "../contracts/release-store.ts";
import type { Candidate } from "./admission.ts";
import type { OpenReleases } from "./targets/target.ts";

/**
 * What is wrong with the files of a release, in the registry and in the object store; undefined where nothing is. All are
 * read at once.
 * @throws Error where one of the two does not answer
 */
export async function releaseFault(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  { digest, run, manifest }: Pick<Candidate, "digest" | "run" | "manifest">,
  open: () => Promise<OpenReleases>,
): Promise<string | undefined> {
  const inStore = async () => {
    const { reader, close } = await open();
    try {
      return await storedFault(reader, digest, manifest);
    } finally {
      close();
    }
  };
  const [registered, stored] = await Promise.all([fileFault(mlflow, run, manifest), inStore()]);
  return registered ?? stored;
}

/**
 * What is wrong with the files that the registry holds of a release, each read and held against the manifest; undefined
 * where nothing is. One that is gone is no fault: servers read the object store's.
 */
export async function fileFault(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  run: Run,
  { files }: Pick<ReleaseManifest, "files">,
): Promise<string | undefined> {
  return firstFault(
    files.map(async ({ path, sha256 }) => {
      const bytes = await artifactIfThere(mlflow, run, `model/${path}`);
      const digest = bytes === undefined ? sha256 : sha256Hex(bytes);
      if (digest === sha256) return undefined;
      return `${path} is not the file that the manifest names: its digest is ${shortDigest(digest)}, not ${shortDigest(sha256)}`;
    }),
  );
}

/**
 * What is wrong with what the object store holds of a release, which is what servers load: the manifest, and each file that it
 * names; undefined where nothing is.
 */
export async function storedFault(
  reader: OpenReleases["reader"],
  digest: string,
  { files }: Pick<ReleaseManifest, "files">,
): Promise<string | undefined> {
  const found = async (name: string, reading: Promise<unknown>): Promise<string | undefined> => {
    try {
      await reading;
      return undefined;
    } catch (error) {
      if (!isFault(error)) throw error;
      return `servers could not load ${name}: ${error.message}`;
    }
  };
  return firstFault([
    found("its manifest", reader.manifest(digest)),
    ...files.map(({ path, sha256 }) => found(path, reader.file(sha256))),
  ]);
}

async function firstFault(
  reading: readonly Promise<string | undefined>[],
): Promise<string | undefined> {
  return (await Promise.all(reading)).find((fault) => fault !== undefined);
}

function isFault(error: unknown): error is Error {
  return [DamagedError, BlobMissingError, ReleaseMissingError].some(
    (kind) => error instanceof kind,
  );
}
