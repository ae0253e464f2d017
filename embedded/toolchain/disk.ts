import { mkdir, statfs } from "node:fs/promises";

/** Bytes that a process may still write to the file system that holds `folder`, which is made if missing. */
export async function freeBytes(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** What to tell about a disk that is too full, or undefined where `free` is enough. Sizes in bytes. */
export function diskFault(
  what: string,
  folder: string,
  free: number,
  needed: number,
): string | undefined {
  if (free >= needed) return undefined;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  return (
    `${what} needs ${gigabytes(needed)} free at ${folder}, and there is ${gigabytes(free)}.` +
    " Free some space, or set XDG_CACHE_HOME to a folder on a larger disk."
  );
}

/** @throws Error where fewer than `needed` bytes are free at `folder`; it says what to do. */
export async function requireDisk(what: string, folder: string, needed: number): Promise<void> {
  const fault = diskFault(what, folder, await freeBytes(folder), needed);
  if (fault !== undefined) throw new Error(fault);
}
