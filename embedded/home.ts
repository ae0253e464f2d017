import { mkdirSync } from "node:fs";
import lockfile from "proper-lockfile";
import { home, homePaths } from "./paths.ts";

const staleAfterMs = 10_000;

/**
 * Runs `work` as the only one that changes this checkout's platform. The lock of a process that died is taken
 * over ten seconds after its last sign of life.
 * @throws Error where another command is at work
 */
export async function withHomeLock<T>(command: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(homePaths.logs, { recursive: true, mode: 0o700 });
  let release: () => Promise<void>;
  try {
    release = await lockfile.lock(home, {
      stale: staleAfterMs,
      update: staleAfterMs / 5,
      retries: { retries: 12, factor: 1, minTimeout: 1_000 },
    });
  } catch (error) {
    if ((error as { code?: string }).code !== "ELOCKED") throw error;
    throw new Error(
      `${command}: another command is working on ${home}; wait for it, or end it and try again`,
      {
        cause: error,
      },
    );
  }
  try {
    return await work();
  } finally {
    await release();
  }
}
