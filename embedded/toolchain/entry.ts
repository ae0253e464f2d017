import { lstat, mkdir, open, readFile, readdir, readlink, rename, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { z } from "zod";
import type { Report } from "../report.ts";
import { withLock } from "./lock.ts";
import { fileSha256 } from "./recipe.ts";
import { recordBuildTime } from "./times.ts";

const stampName = "stamp.json";

const stampSchema = z.object({
  builtAt: z.string(),
  seconds: z.number(),
  files: z.record(z.string(), z.string()),
});

/** Written last into an entry: a folder without a valid one is a half-built entry. */
type Stamp = z.infer<typeof stampSchema>;

/** A folder of the cache that is either whole or not there. */
export interface Entry {
  /** Final path of the folder; its name carries version and recipe hash. */
  folder: string;
  /** What the figures in build-times.json are kept under. */
  name: string;
  /** Fills an empty folder. It is put in place only after this has ended well. */
  build: (folder: string, report: Report) => Promise<void>;
}

async function contents(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (name === stampName) continue;
    if (entry.isSymbolicLink()) files[name] = `link ${await readlink(path)}`;
    else if (entry.isFile()) files[name] = await fileSha256(path);
  }
  return files;
}

/**
 * Why the entry at `folder` cannot be used, in words that complete "the entry ...";
 * undefined where it is whole. Every file is read and compared with the sum noted when it was built.
 */
export async function entryFault(folder: string): Promise<string | undefined> {
  let stamp: Stamp;
  try {
    stamp = stampSchema.parse(JSON.parse(await readFile(join(folder, stampName), "utf8")));
  } catch {
    const there = await lstat(folder).catch(() => undefined);
    return there === undefined ? "is not there" : "was not finished";
  }
  const found = await contents(folder);
  for (const [name, sum] of Object.entries(stamp.files)) {
    if (found[name] === undefined) return `has lost ${name}`;
    if (found[name] !== sum) return `has a damaged ${name}`;
  }
  const extra = Object.keys(found).find((name) => stamp.files[name] === undefined);
  return extra === undefined ? undefined : `has an unexpected ${extra}`;
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeStamp(folder: string, seconds: number): Promise<void> {
  const files = await contents(folder);
  for (const [name, sum] of Object.entries(files)) {
    if (!sum.startsWith("link ")) await sync(join(folder, name));
  }
  const stamp: Stamp = { builtAt: new Date().toISOString(), seconds, files };
  const handle = await open(join(folder, stampName), "w");
  try {
    await handle.writeFile(`${JSON.stringify(stamp, null, 1)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const verified = new Map<string, Promise<string>>();

async function make(entry: Entry, report: Report): Promise<string> {
  if ((await entryFault(entry.folder)) === undefined) return entry.folder;
  const parent = dirname(entry.folder);
  const id = basename(entry.folder);
  return withLock(join(parent, ".locks", id), report, async () => {
    const fault = await entryFault(entry.folder);
    if (fault === undefined) return entry.folder;
    if (fault !== "is not there") {
      report(`the cached ${id} ${fault}: making it again`);
      await rm(entry.folder, { recursive: true, force: true });
    }
    // This process holds the lock, so whatever lies here was left by one that was interrupted.
    const temporary = join(parent, `.building-${id}`);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    const start = performance.now();
    try {
      await entry.build(temporary, report);
      const seconds = (performance.now() - start) / 1000;
      await writeStamp(temporary, seconds);
      await rename(temporary, entry.folder);
      await sync(parent);
      await recordBuildTime(entry.name, seconds);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    return entry.folder;
  });
}

/**
 * Returns the folder of a cache entry and makes it first where it is missing, half-built or damaged.
 * Safe to call from several processes at once: one builds, the others wait for it.
 * An entry is checked once per process.
 */
export function ensureEntry(entry: Entry, report: Report): Promise<string> {
  let known = verified.get(entry.folder);
  if (known === undefined) {
    known = make(entry, report);
    verified.set(entry.folder, known);
    known.catch(() => verified.delete(entry.folder));
  }
  return known;
}
