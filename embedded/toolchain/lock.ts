import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";
import type { Report } from "../report.ts";

/** Milliseconds after which a lock that its owner no longer touches counts as left by a dead process. */
const stale = 15_000;

/** Whether a process with this id is alive (another user's counts as alive). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function ownerOf(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/**
 * Runs `work` while this process alone, of all processes on the machine, holds the lock `file`.
 * Waits as long as its holder lives; a lock left by a dead process is taken over within 15 seconds.
 */
export async function withLock<T>(
  file: string,
  report: Report,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const ownerFile = `${file}.owner`;
  let release: (() => Promise<void>) | undefined;
  let said = false;
  while (release === undefined) {
    try {
      release = await lockfile.lock(file, {
        realpath: false,
        stale,
        update: 3000,
        // A lock lost while the machine slept does no harm: whatever it guards is put in place by one rename.
        onCompromised: () => undefined,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      const owner = await ownerOf(ownerFile);
      if (!said && owner !== undefined && owner !== process.pid && isAlive(owner)) {
        report(`waiting for process ${owner}, which is doing the same`);
        said = true;
      }
      await sleep(500);
    }
  }
  try {
    await writeFile(ownerFile, `${process.pid}\n`);
    return await work();
  } finally {
    await rm(ownerFile, { force: true });
    // Where the lock was lost meanwhile there is nothing left to release.
    await release().catch(() => undefined);
  }
}
