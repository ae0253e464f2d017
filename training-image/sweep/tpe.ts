import type { SweepRange, SweepSpace } from "../../contracts/sweep.ts";
import type { ParameterValues } from "../../contracts/workload.ts";
import type { Random } from "../engine/random.ts";
import { type Density, discreteDensity, parzenDensity } from "./parzen.ts";
import { placeOf, rangesOf, valueAt } from "./space.ts";

/** A trial that has ended: less is better; infinite where it was stopped early or diverged. */
export interface Observation {
  parameters: ParameterValues;
  loss: number;
}

/** Share of the trials that count as good (Bergstra et al., 2011, section 4). */
const goodShare = 0.15;
/** Draws of which the most promising is taken. */
const candidates = 24;

/**
 * The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl, NeurIPS 2011) without the tree: every
 * parameter by itself is drawn from the density of its values in good trials, where that is highest relative to the
 * density in all others.
 */
export function suggest(
  space: SweepSpace,
  observations: readonly Observation[],
  random: Random,
): ParameterValues {
  const sorted = observations.toSorted((one, other) => compare(one.loss, other.loss));
  const finite = sorted.filter(({ loss }) => Number.isFinite(loss)).length;
  const count = Math.min(Math.ceil(goodShare * sorted.length), finite);
  const [good, others] = [sorted.slice(0, count), sorted.slice(count)];
  const entries = rangesOf(space).map(([name, range]) => {
    const among = (some: readonly Observation[]) =>
      densityOf(
        range,
        some.map(({ parameters }) => placeOf(range, parameters[name])),
      );
    return [name, valueAt(range, mostPromising(among(good), among(others), random))] as const;
  });
  return Object.fromEntries(entries);
}

function mostPromising(good: Density, others: Density, random: Random): number {
  let [best, bestGain] = [0.5, -Infinity];
  for (let candidate = 0; candidate < candidates; candidate++) {
    const place = good.draw(random);
    const gain = Math.log(good.at(place)) - Math.log(others.at(place));
    if (gain > bestGain) [best, bestGain] = [place, gain];
  }
  return best;
}

function densityOf(range: SweepRange, places: readonly number[]): Density {
  if ("choice" in range) return discreteDensity(places, range.choice.length);
  if ("integer" in range) {
    const [low, high] = range.integer;
    return parzenDensity(places, high - low + 1);
  }
  return parzenDensity(places);
}

/** Also where both are infinite. */
function compare(one: number, other: number): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
