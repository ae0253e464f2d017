import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cache } from "../paths.ts";

/** Seconds that each tool and image took when it was last built here, by name. */
export type BuildTimes = Record<string, { seconds: number; at: string }>;

const file = () => join(cache, "build-times.json");

/** What the cache remembers about how long its parts took to build; empty where it remembers nothing. */
export async function readBuildTimes(): Promise<BuildTimes> {
  try {
    return JSON.parse(await readFile(file(), "utf8")) as BuildTimes;
  } catch {
    return {};
  }
}

let writing: Promise<void> = Promise.resolve();

/** Remembers that `name` took `seconds`. Two processes that write at once may lose one of the figures, no more. */
export function recordBuildTime(name: string, seconds: number): Promise<void> {
  writing = writing.then(async () => {
    const times = await readBuildTimes();
    times[name] = { seconds: Math.round(seconds * 10) / 10, at: new Date().toISOString() };
    const sorted = Object.fromEntries(Object.entries(times).sort(([a], [b]) => (a < b ? -1 : 1)));
    await mkdir(dirname(file()), { recursive: true });
    const temporary = `${file()}.${process.pid}`;
    await writeFile(temporary, `${JSON.stringify(sorted, null, 2)}\n`);
    await rename(temporary, file());
  });
  return writing;
}
