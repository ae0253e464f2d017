import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { cache } from "../paths.ts";
import type { Report } from "../report.ts";
import { CommandError } from "./command.ts";

/** How long a download that was refused is not asked for again. */
const patienceMs = 24 * 60 * 60 * 1_000;

const recordFile = join(cache, "refused-downloads.json");
const Refusals = z.record(z.string(), z.number());

/** A second name lookup or connection that has not come about by then will not. */
const reachSeconds = 10;

/** Whether a download that was refused at `refusedAt` (milliseconds since 1970) is not to be asked for again yet. */
export function isPatient(refusedAt: number | undefined, now: number): boolean {
  return refusedAt !== undefined && now >= refusedAt && now - refusedAt < patienceMs;
}

/**
 * Tries an official download first, unless it was refused within the last day.
 * @param name what is downloaded, version included
 * @returns the result, or undefined where the download is out of reach
 * @throws whatever else goes wrong, as a full disk: it says nothing about the download
 */
export async function tryOfficial<T>(
  name: string,
  report: Report,
  download: () => Promise<T>,
): Promise<T | undefined> {
  const refusals = await readRefusals();
  if (isPatient(refusals[name], Date.now())) return undefined;
  try {
    return await download();
  } catch (error) {
    if (!isOutOfReach(error)) throw error;
    report(`the official ${name} is out of reach: ${reason(error)}`);
    const known = { ...(await readRefusals()), [name]: Date.now() };
    await mkdir(dirname(recordFile), { recursive: true });
    const temporary = `${recordFile}.${process.pid}`;
    await writeFile(temporary, `${JSON.stringify(known, null, 2)}\n`);
    await rename(temporary, recordFile);
    return undefined;
  }
}

const localFault =
  /no space left|quota exceeded|permission denied|read-only file system|too many open files|did not run/i;

/**
 * Whether a download failed on the line or at its far end, and not on this machine. A command that downloads tells
 * of its line in too many words to know, so there the few local faults are what is looked for.
 */
export function isOutOfReach(error: unknown): boolean {
  if (error instanceof CommandError) return !localFault.test(`${error.message}\n${error.output}`);
  if (error instanceof DOMException) return ["TimeoutError", "AbortError"].includes(error.name);
  if (error instanceof TypeError) return ["fetch failed", "terminated"].includes(error.message);
  return error instanceof Error && / answered \d{3}$/.test(error.message);
}

/** The first line of what went wrong; `fetch` hides the useful part in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message.split("\n")[0]}${cause}`;
}

/**
 * Asks for the headers of `url`, so that a host that cannot be reached costs seconds, and a slow line may
 * take its time over the download itself.
 * @throws Error where nothing answers within ten seconds, or the answer is a refusal
 */
export async function reach(url: string): Promise<void> {
  const response = await fetch(url, {
    method: "HEAD",
    signal: AbortSignal.timeout(reachSeconds * 1_000),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}

async function readRefusals(): Promise<Record<string, number>> {
  try {
    return Refusals.parse(JSON.parse(await readFile(recordFile, "utf8")));
  } catch {
    return {};
  }
}
