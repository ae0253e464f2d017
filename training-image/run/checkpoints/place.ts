import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ObjectStore } from "../../../contracts/object-store.ts";

/** One that is being replaced and one that is whole: whatever happens while one is written, the other is there. */
export const slots = ["a", "b"] as const;
export type Slot = (typeof slots)[number];

/** Where the checkpoints of one Job lie: two at most, so that they never fill a disk. */
export interface CheckpointPlace {
  /** In words, for messages. */
  readonly description: string;
  /** @returns undefined where there is none */
  read(slot: Slot): Promise<Uint8Array | undefined>;
  /** Replaces what is there, whole or not at all. */
  write(slot: Slot, bytes: Uint8Array): Promise<void>;
  /** One that is not there is no error. */
  remove(slot: Slot): Promise<void>;
  /**
   * Takes away those of whatever Job that nobody has written since `before`.
   * @returns their names
   */
  removeOlder(before: Date): Promise<string[]>;
}

/** Of a file in a folder that may hold others too. */
const checkpointName = /\.[ab](\.part)?$/;

/** A folder; it is made where it is missing. What `write` left there is on the disk, also after a power cut. */
export function folderPlace(folder: string, name: string): CheckpointPlace {
  const path = (slot: Slot) => join(folder, `${name}.${slot}`);
  return {
    description: `folder ${folder}`,
    async read(slot) {
      try {
        return await readFile(path(slot));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    async write(slot, bytes) {
      await mkdir(folder, { recursive: true });
      const part = `${path(slot)}.part`;
      const file = await open(part, "w", 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(part, path(slot));
      await syncFolder(folder);
    },
    async remove(slot) {
      await rm(path(slot), { force: true });
      await rm(`${path(slot)}.part`, { force: true });
    },
    async removeOlder(before) {
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return [];
        throw error;
      });
      const removed: string[] = [];
      for (const name of names.filter((found) => checkpointName.test(found))) {
        // Another Job that is done may be at it as well.
        const found = await stat(join(folder, name)).catch(() => undefined);
        if (found === undefined || found.mtime >= before) continue;
        await rm(join(folder, name), { force: true });
        removed.push(name);
      }
      return removed;
    },
  };
}

/** Limit of one request: an ending process has half a minute for everything. */
const upload = { retries: 0, timeoutMs: 10_000 };

export type CheckpointStore = Pick<ObjectStore, "get" | "put" | "delete" | "listEntries">;

/** Keys of the object store below `root`. A write is tried once: the training goes on, and the next one is newer. */
export function objectPlace(
  objects: CheckpointStore,
  bucket: string,
  root: string,
  name: string,
): CheckpointPlace {
  const prefix = `${root}/${name}`;
  return {
    description: `object store, ${bucket}/${prefix}`,
    read: (slot) => objects.get(bucket, `${prefix}.${slot}`),
    write: (slot, bytes) => objects.put(bucket, `${prefix}.${slot}`, bytes, upload),
    remove: (slot) => objects.delete(bucket, `${prefix}.${slot}`, upload),
    async removeOlder(before) {
      const entries = await objects.listEntries(bucket, `${root}/`, upload);
      const old = entries.filter(({ modified }) => modified < before).map(({ key }) => key);
      for (const key of old) await objects.delete(bucket, key, upload);
      return old;
    },
  };
}

/** The new name of a file is on the disk only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
