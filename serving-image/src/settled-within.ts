import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits until work has ended, but no longer than so many milliseconds; it goes on where it has not.
 * @returns whether it ended in time
 * @throws what the work throws in that time
 */
export async function settledWithin(
  work: Promise<unknown> | undefined,
  limitMs: number,
): Promise<boolean> {
  const over = new AbortController();
  const late = pause(limitMs, false, { signal: over.signal }).catch(() => false);
  try {
    return await Promise.race([Promise.resolve(work).then(() => true), late]);
  } finally {
    over.abort();
  }
}
