import { sha256Hex } from "../../contracts/canonical.ts";
import { gridValues, type SweepSpace, type SweepStudy } from "../../contracts/sweep.ts";
import type { ParameterValues } from "../../contracts/workload.ts";
import { createRandom, type Random } from "../engine/random.ts";
import { rangesOf, valueAt } from "./space.ts";
import { type Observation, suggest } from "./tpe.ts";

/** Trials that must have ended before the rest is learned from. */
const startupTrials = 10;

/**
 * The values of a trial's parameters. With `grid` and `random` they follow from the study and the index alone; with
 * `tpe` also from the trials that have ended.
 * @param index from 0 to before `study.trials`
 */
export function parametersOf(
  study: Pick<SweepStudy, "method" | "parameters" | "seed">,
  index: number,
  ended: readonly Observation[],
): ParameterValues {
  const { method, parameters, seed } = study;
  if (method === "grid") return combination(parameters, index);
  const random = generatorOf(seed, index);
  if (method === "tpe" && ended.length >= startupTrials) return suggest(parameters, ended, random);
  return draw(parameters, random);
}

/** Independent draws from every range. */
export function draw(space: SweepSpace, random: Random): ParameterValues {
  return Object.fromEntries(
    rangesOf(space).map(([name, range]) => [name, valueAt(range, random.uniform())]),
  );
}

/** One combination of a grid; the last name changes first. */
function combination(space: SweepSpace, index: number): ParameterValues {
  const values: ParameterValues = {};
  let rest = index;
  for (const [name, range] of rangesOf(space).reverse()) {
    const choices = gridValues(range);
    if (choices === undefined) throw new Error(`sweep: ${name} has no steps for a grid`);
    values[name] = choices[rest % choices.length] as number | string;
    rest = Math.floor(rest / choices.length);
  }
  if (rest > 0) throw new RangeError(`sweep: the grid has no combination ${index}`);
  return values;
}

/** A generator of its own for every trial: pods draw without asking each other. */
function generatorOf(seed: number, index: number): Random {
  return createRandom(Number.parseInt(sha256Hex(`${seed}/${index}`).slice(0, 8), 16));
}
