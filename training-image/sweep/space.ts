import type { SweepRange, SweepSpace } from "../../contracts/sweep.ts";

/** Ranges in an order that does not depend on how the study was written. */
export function rangesOf(space: SweepSpace): [string, SweepRange][] {
  return Object.entries(space).sort(([one], [other]) => (one < other ? -1 : 1));
}

/**
 * The value at a place of a range.
 * @param place from 0 to before 1; equal lengths of it are equally likely
 */
export function valueAt(range: SweepRange, place: number): number | string {
  if ("choice" in range) {
    return range.choice[Math.floor(place * range.choice.length)] as number | string;
  }
  if ("integer" in range) {
    const [low, high] = range.integer;
    return low + Math.floor(place * (high - low + 1));
  }
  if ("uniform" in range) {
    const [low, high] = range.uniform;
    return clamp(low + place * (high - low), low, high);
  }
  const [low, high] = range.logUniform;
  return clamp(Math.exp(Math.log(low) + place * Math.log(high / low)), low, high);
}

/** The place from 0 to 1 that gives a value: in the middle, where many do. */
export function placeOf(range: SweepRange, value: number | string | undefined): number {
  if ("choice" in range)
    return (range.choice.findIndex((one) => one === value) + 0.5) / range.choice.length;
  const number = Number(value);
  if ("integer" in range) {
    const [low, high] = range.integer;
    return (number - low + 0.5) / (high - low + 1);
  }
  if ("uniform" in range) {
    const [low, high] = range.uniform;
    return (number - low) / (high - low);
  }
  const [low, high] = range.logUniform;
  return Math.log(number / low) / Math.log(high / low);
}

/** Rounding must not leave the range: its ends may be the ends of what the workload allows. */
function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
