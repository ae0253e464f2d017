import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { cache } from "../paths.ts";

/** How long a download that was refused is not asked for again. */
const patienceMs = 24 * 60 * 60 * 1_000;

const recordFile = join(cache, "refused-downloads.json");
const Refusals = z.record(z.string(), z.number());

/**
 * Tries an official download first, unless it was refused within the last day.
 * @param name what is downloaded, version included
 * @returns the result, or undefined where the download is out of reach
 */
export async function tryOfficial<T>(
  name: string,
  download: () => Promise<T>,
): Promise<T | undefined> {
  const refusals = await readRefusals();
  if (Date.now() - (refusals[name] ?? 0) < patienceMs) return undefined;
  try {
    return await download();
  } catch {
    await mkdir(dirname(recordFile), { recursive: true });
    await writeFile(
      recordFile,
      `${JSON.stringify({ ...refusals, [name]: Date.now() }, null, 2)}\n`,
    );
    return undefined;
  }
}

async function readRefusals(): Promise<Record<string, number>> {
  try {
    return Refusals.parse(JSON.parse(await readFile(recordFile, "utf8")));
  } catch {
    return {};
  }
}
