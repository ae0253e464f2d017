/** How far the clocks of who trains and who admits may differ, in seconds. */
export const clockAllowance = 60;

/** How old a release is at one moment, and whether it may be admitted then (SPEC U-07). */
export interface Freshness {
  /** Whole seconds since it was trained, rounded up; 0 where that is a little ahead of the clock. */
  ageSeconds: number;
  /** `early`: it says that it was trained later than that moment. `stale`: it is older than it may be. */
  fault: "early" | "stale" | undefined;
}

/**
 * Judges the age of a release. One that says it was trained later than now is refused whatever the limit: by that it would never
 * be too old.
 * @param trainedAt ISO 8601
 * @param at the moment of its admission, ISO 8601
 * @param maxAgeSeconds undefined for any age
 */
export function freshnessOf(
  trainedAt: string,
  at: string,
  maxAgeSeconds: number | undefined,
): Freshness {
  const seconds = (Date.parse(at) - Date.parse(trainedAt)) / 1_000;
  const isStale = maxAgeSeconds !== undefined && seconds > maxAgeSeconds;
  const fault = seconds < -clockAllowance ? "early" : isStale ? "stale" : undefined;
  return { ageSeconds: Math.max(0, Math.ceil(seconds)), fault };
}

/** Why a release that says it was trained later than now is refused. */
export function describeEarly(trainedAt: string, now: string): string {
  return `says that it was trained at ${trainedAt}, and it is ${now}: nothing is admitted before it is trained`;
}
