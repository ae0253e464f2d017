import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

/** How many images of one role of ours stay: each change of the code makes another, of some 100 MB. */
const kept = 5;

/** Which of these folders to remove so that the `keep` last used stay. */
export function outdated(
  folders: readonly { name: string; usedAt: number }[],
  keep: number,
): string[] {
  return folders
    .toSorted((a, b) => b.usedAt - a.usedAt)
    .slice(keep)
    .map(({ name }) => name);
}

/** Marks `folder` as used now and removes, of the entries in `parent` whose names begin with `prefix`, the long unused. */
export async function pruneEntries(parent: string, prefix: string, folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now);
  const names = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  const folders = await Promise.all(
    names.map(async (name) => ({
      name,
      // Another process may be removing it as well.
      usedAt: await stat(join(parent, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    })),
  );
  for (const name of outdated(folders, kept)) {
    await rm(join(parent, name), { recursive: true, force: true });
  }
}
