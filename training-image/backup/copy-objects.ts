import type { Logger } from "pino";
import type { BackupObject } from "../../contracts/backup.ts";
import { sha256Hex } from "../../contracts/canonical.ts";
import { ledgerKeys } from "../../contracts/ledger.ts";
import { buckets } from "../../contracts/names.ts";
import type { Entry, ObjectStore } from "../../contracts/object-store.ts";
import { eachAtOnce } from "./at-once.ts";
import type { BackupDestination } from "./destination.ts";

export interface CopyOptions {
  source: Pick<ObjectStore, "get" | "listEntries">;
  destination: BackupDestination;
  /** Contents that lie at the destination and stay there: digests with their sizes. What is stored is added. */
  held: Map<string, number | undefined>;
  /** Objects of the point before, by `bucket/key`. */
  before: ReadonlyMap<string, BackupObject>;
  log: Logger;
}

/** Reading waits for the network; memory bounds how many objects are held at the same time. */
const atOnce = 8;

/** What no point needs: it is written over again and again, and ends with its training. */
const leftOut = (bucket: string, key: string) =>
  bucket === buckets.releases && key.startsWith("checkpoints/");

/** Digest that a key says its content has. */
export function digestInKey(bucket: string, key: string): string | undefined {
  if (bucket !== buckets.releases) return undefined;
  return (/^blobs\/sha256\/([0-9a-f]{64})$/.exec(key) ??
    /^releases\/([0-9a-f]{64})\.json$/.exec(key))?.[1];
}

/**
 * Copies every object of a registry to where its content is not yet. What is gone by the time it is read is left out.
 * @returns what there was, in the order of buckets and keys
 */
export async function copyObjects(options: CopyOptions): Promise<BackupObject[]> {
  const { source, log } = options;
  const copied: BackupObject[] = [];
  const copy = async (bucket: string, entry: Pick<Entry, "key" | "size" | "etag">) => {
    const object = await copyObject(options, bucket, entry);
    if (object !== undefined) copied.push(object);
  };
  // The ledger's head is replaced with each entry. Read before the entries are listed it names one that is among them;
  // a ledger that goes on behind its head is what its writer expects after a crash.
  await copy(buckets.releases, { key: ledgerKeys.head, size: undefined, etag: undefined });
  for (const bucket of Object.values(buckets)) {
    const entries = await source.listEntries(bucket, "");
    const wanted = entries.filter(({ key }) => !leftOut(bucket, key) && key !== ledgerKeys.head);
    log.info({ bucket, objects: wanted.length }, `${wanted.length} objects in ${bucket}`);
    await eachAtOnce(wanted, atOnce, (entry) => copy(bucket, entry));
  }
  return copied.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

/** An object of a list, by its place. */
export function placeOf({ bucket, key }: Pick<BackupObject, "bucket" | "key">): string {
  return `${bucket}/${key}`;
}

async function copyObject(
  { source, destination, held, before, log }: CopyOptions,
  bucket: string,
  { key, size, etag }: Pick<Entry, "key" | "size" | "etag">,
): Promise<BackupObject | undefined> {
  const place = { bucket, key };
  const said = etag === undefined ? {} : { etag };
  const known = digestInKey(bucket, key) ?? unchanged(before.get(placeOf(place)), size, etag);
  if (known !== undefined && size !== undefined && held.get(known) === size) {
    return { ...place, sha256: known, size, ...said };
  }
  const bytes = await source.get(bucket, key);
  if (bytes === undefined) {
    if (key !== ledgerKeys.head) log.warn(place, `${placeOf(place)} is gone`);
    return undefined;
  }
  const content = { sha256: sha256Hex(bytes), size: bytes.length };
  // A model's graph lies in MLflow's folder as well as among the releases.
  if (held.get(content.sha256) !== content.size) await destination.putContent(bytes);
  held.set(content.sha256, content.size);
  const named = digestInKey(bucket, key);
  if (named !== undefined && named !== content.sha256) {
    log.error(place, `${placeOf(place)} is damaged in the registry, and is kept as it is`);
  }
  return { ...place, ...content, ...said };
}

/** Digest of an object that the store says is as it was. */
function unchanged(
  before: BackupObject | undefined,
  size: number | undefined,
  etag: string | undefined,
): string | undefined {
  if (before === undefined || etag === undefined) return undefined;
  return before.etag === etag && before.size === size ? before.sha256 : undefined;
}
