import {
  backupKeys,
  BackupList,
  BackupPoint,
  pointName,
  pointOfKey,
  type Content,
} from "../../contracts/backup.ts";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { DamagedError, shortDigest } from "../../contracts/release.ts";
import { BadInputError } from "../workloads/errors.ts";

/** A content that lies at the destination. */
export interface Held {
  /** In bytes; undefined where the store does not say. */
  size: number | undefined;
  modified: Date;
}

export interface NamedPoint {
  name: string;
  point: BackupPoint;
}

/** Where backups lie: contents by their own digest, and a manifest for each point, below a prefix of a bucket. */
export class BackupDestination {
  readonly #store: Pick<ObjectStore, "get" | "put" | "delete" | "listEntries">;
  readonly #bucket: string;
  readonly #prefix: string;

  /** @param prefix without a slash at its end; empty for none */
  constructor(
    store: Pick<ObjectStore, "get" | "put" | "delete" | "listEntries">,
    bucket: string,
    prefix: string,
  ) {
    this.#store = store;
    this.#bucket = bucket;
    this.#prefix = prefix === "" ? "" : `${prefix}/`;
  }

  /** Names of all points, the newest first. */
  async points(): Promise<string[]> {
    const prefix = this.#prefix + backupKeys.points;
    const entries = await this.#store.listEntries(this.#bucket, prefix);
    return entries
      .flatMap(({ key }) => pointOfKey(key.slice(this.#prefix.length)) ?? [])
      .sort()
      .reverse();
  }

  /**
   * Reads a point and checks that it is the one that its name says.
   * @param name default: the newest
   * @throws BadInputError where there is none of that name, with those that there are
   * @throws DamagedError where it was altered
   */
  async point(name?: string): Promise<NamedPoint> {
    const wanted = name ?? (await this.points())[0];
    const bytes = wanted === undefined ? undefined : await this.#get(backupKeys.point(wanted));
    if (wanted === undefined || bytes === undefined) {
      const known = (await this.points()).slice(0, 10).join(", ") || "none";
      throw new BadInputError(`no backup ${name ?? ""} in ${this.#place}: there is ${known}`);
    }
    const text = new TextDecoder().decode(bytes);
    const result = BackupPoint.safeParse(parseJson(text));
    if (!result.success || pointName(result.data, text) !== wanted) {
      throw new DamagedError(`backup ${wanted} is damaged: its manifest was altered`);
    }
    return { name: wanted, point: result.data };
  }

  /** @throws DamagedError where the list is missing or was altered */
  async list({ objects }: Pick<BackupPoint, "objects">): Promise<BackupList> {
    const text = new TextDecoder().decode(await this.content(objects.list));
    const result = BackupList.safeParse(parseJson(text));
    if (result.success) return result.data;
    throw new DamagedError(`the list ${shortDigest(objects.list.sha256)} of a backup is none`);
  }

  /** Writes the manifest that makes a backup of what was stored. @returns the point's name */
  async putPoint(point: BackupPoint): Promise<string> {
    const text = canonicalJson(point);
    const name = pointName(point, text);
    await this.#store.put(this.#bucket, this.#prefix + backupKeys.point(name), text);
    return name;
  }

  async deletePoint(name: string): Promise<void> {
    await this.#store.delete(this.#bucket, this.#prefix + backupKeys.point(name));
  }

  /** Every content there is, by its digest, whether a point names it or not. */
  async contents(): Promise<Map<string, Held>> {
    const prefix = this.#prefix + backupKeys.contents;
    const entries = await this.#store.listEntries(this.#bucket, prefix);
    return new Map(
      entries.map(({ key, size, modified }) => [key.slice(prefix.length), { size, modified }]),
    );
  }

  async putContent(bytes: Uint8Array | string): Promise<Content> {
    const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    const content = { sha256: sha256Hex(data), size: data.length };
    const key = this.#prefix + backupKeys.content(content.sha256);
    await this.#store.put(this.#bucket, key, data);
    return content;
  }

  /** Reads a content and checks its digest. @throws DamagedError where it is missing or was altered */
  async content({ sha256 }: Pick<Content, "sha256">): Promise<Uint8Array> {
    const bytes = await this.#get(backupKeys.content(sha256));
    if (bytes === undefined) throw new DamagedError(`${shortDigest(sha256)} is missing`);
    const actual = sha256Hex(bytes);
    if (actual === sha256) return bytes;
    throw new DamagedError(
      `${shortDigest(sha256)} was altered: its digest is ${shortDigest(actual)}`,
    );
  }

  async deleteContent(sha256: string): Promise<void> {
    await this.#store.delete(this.#bucket, this.#prefix + backupKeys.content(sha256));
  }

  get #place(): string {
    return `s3://${this.#bucket}/${this.#prefix}`;
  }

  #get(key: string): Promise<Uint8Array | undefined> {
    return this.#store.get(this.#bucket, this.#prefix + key);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
