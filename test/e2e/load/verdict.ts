import type { Answer } from "./job.ts";
import type { RouteState } from "./route-log.ts";

/** How long after a route reports a change as accepted answers of the weights before still count as sound (SPEC N-01). */
export const graceMs = 1_000;

/** Requests that got no answer, or one that is not 200. */
export function failed(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ status }) => status !== 200);
}

/**
 * Answers by a slot that had no weight: neither by the newest writing that was accepted so long before the request was
 * sent, nor by any that came after that one and before the answer.
 */
export function withoutWeight(answers: readonly Answer[], states: readonly RouteState[]): Answer[] {
  return answers.filter(({ sentAt, endedAt, slot, status }) => {
    if (status !== 200) return false;
    const settled = states.findLastIndex(
      ({ acceptedAt }) => acceptedAt !== undefined && acceptedAt + graceMs <= sentAt,
    );
    const possible = states
      .slice(Math.max(settled, 0))
      .filter(({ writtenAt }, index) => index === 0 || writtenAt <= endedAt + graceMs);
    return !possible.some(({ weights }) => (weights[slot] ?? 0) > 0);
  });
}

/** Answers to what was sent in a span of time, by slot. */
export function countBySlot(
  answers: readonly Answer[],
  from: number,
  to = Infinity,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { sentAt, slot } of answers) {
    if (sentAt >= from && sentAt < to) counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return counts;
}

/** The releases that answered, by slot. */
export function releasesBySlot(answers: readonly Answer[]): Record<string, string[]> {
  const seen: Record<string, Set<string>> = {};
  for (const { slot, release, status } of answers) {
    if (status === 200) (seen[slot] ??= new Set()).add(release);
  }
  return Object.fromEntries(Object.entries(seen).map(([slot, set]) => [slot, [...set]]));
}

/** A few of what went wrong, for people. */
export function describe(answers: readonly Answer[]): string[] {
  return answers
    .slice(0, 5)
    .map(
      ({ sentAt, endedAt, status, slot, error }) =>
        `${new Date(sentAt).toISOString()} + ${(endedAt - sentAt).toFixed(0)} ms: ` +
        `${status} ${slot} ${error ?? ""}`.trimEnd(),
    );
}
