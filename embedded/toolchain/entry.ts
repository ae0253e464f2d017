import {
  lstat,
  mkdir,
  open,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
} from "node:fs/promises";
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
  /** The sha256 of each file, or where a link points to. */
  files: z.record(z.string(), z.string()),
  /** Size and time of change of each file when its sum was last found right. */
  seen: z.record(z.string(), z.string()).default({}),
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

/** What every file of an entry looks like from outside: cheap to ask, and different after any write. */
async function outsides(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (name === stampName) continue;
    if (entry.isSymbolicLink()) files[name] = `link ${await readlink(path)}`;
    else if (entry.isFile()) {
      const { size, mtimeMs } = await stat(path);
      files[name] = `${size} ${mtimeMs}`;
    }
  }
  return files;
}

/** The sum of a file that looks like `outside`; a link is its own sum. */
async function sumOf(path: string, outside: string): Promise<string> {
  return outside.startsWith("link ") ? outside : fileSha256(path);
}

async function readStamp(folder: string): Promise<Stamp | undefined> {
  try {
    return stampSchema.parse(JSON.parse(await readFile(join(folder, stampName), "utf8")));
  } catch {
    return undefined;
  }
}

/**
 * Why the entry at `folder` cannot be used, in words that complete "the entry ...";
 * undefined where it is whole. A file whose size or time of change is not the one noted is read and compared with
 * its sum.
 */
export async function entryFault(folder: string): Promise<string | undefined> {
  const stamp = await readStamp(folder);
  if (stamp === undefined) {
    const there = await lstat(folder).catch(() => undefined);
    return there === undefined ? "is not there" : "was not finished";
  }
  const found = await outsides(folder);
  const extra = Object.keys(found).find((name) => stamp.files[name] === undefined);
  if (extra !== undefined) return `has an unexpected ${extra}`;
  let isNew = false;
  for (const [name, sum] of Object.entries(stamp.files)) {
    const outside = found[name];
    if (outside === undefined) return `has lost ${name}`;
    if (stamp.seen[name] === outside) continue;
    if ((await sumOf(join(folder, name), outside)) !== sum) return `has a damaged ${name}`;
    isNew = true;
  }
  if (isNew) await writeStamp(folder, { ...stamp, seen: found });
  return undefined;
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Puts the stamp in place by a rename: another process may be reading it. */
async function writeStamp(folder: string, stamp: Stamp): Promise<void> {
  const temporary = join(dirname(folder), `.stamp-${basename(folder)}-${process.pid}`);
  const handle = await open(temporary, "w");
  try {
    await handle.writeFile(`${JSON.stringify(stamp, null, 1)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, join(folder, stampName));
}

async function firstStamp(folder: string, seconds: number): Promise<Stamp> {
  const seen = await outsides(folder);
  const files: Record<string, string> = {};
  for (const [name, outside] of Object.entries(seen)) {
    const path = join(folder, name);
    files[name] = await sumOf(path, outside);
    if (!outside.startsWith("link ")) await sync(path);
  }
  return { builtAt: new Date().toISOString(), seconds, files, seen };
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
      await writeStamp(temporary, await firstStamp(temporary, seconds));
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
