import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
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
}

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
  };
}

/** Limit of one upload: an ending process has half a minute for everything. */
const upload = { retries: 0, timeoutMs: 10_000 };

/** Keys of the object store. A write is tried once: the training goes on, and the next one is newer. */
export function objectPlace(
  objects: Pick<ObjectStore, "get" | "put" | "delete">,
  bucket: string,
  prefix: string,
): CheckpointPlace {
  return {
    description: `object store, ${bucket}/${prefix}`,
    read: (slot) => objects.get(bucket, `${prefix}.${slot}`),
    write: (slot, bytes) => objects.put(bucket, `${prefix}.${slot}`, bytes, upload),
    remove: (slot) => objects.delete(bucket, `${prefix}.${slot}`, upload),
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
