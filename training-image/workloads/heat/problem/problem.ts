import { fields, initialTemperature } from "./fields.ts";
import type { FieldName, SpaceFunction, SpaceTimeFunction } from "./fields.ts";
import { forcings, sourceOf } from "./forcing.ts";
import type { ForcingName, SourceMode } from "./forcing.ts";

/**
 * An inverse heat conduction problem: u_t - div(a grad u) = f on the unit square for 0 <= t <= 1, with u = 0 on the
 * boundary. Known are f, the start and noisy readings of u at sensors; a(x, y) is to be found.
 */
export interface HeatProblem {
  /** What is to be found; known only to who makes the data and who judges the result. */
  diffusivity: SpaceFunction;
  source: SpaceTimeFunction;
  /** The same source term by term. */
  sourceModes: readonly SourceMode[];
  initial: SpaceFunction;
  /** Sensors whose readings are trained on, and sensors held out. */
  sensors: { training: number; validation: number };
  /** Standard deviation of a reading's noise, as a share of the temperature's own standard deviation. */
  noise: number;
  /** Start of the noise's random numbers. */
  seed: number;
}

/** A problem by names and numbers, as the parameters of a run give it. */
export interface HeatProblemChoice {
  field: FieldName;
  forcing: ForcingName;
  sensors: { training: number; validation: number };
  noise: number;
  seed: number;
}

/** The benchmark IHC-1 at 1 % noise; its data are the workload's default data set. */
export const benchmark: HeatProblemChoice = {
  field: "bump",
  forcing: "rotating",
  sensors: { training: 64, validation: 36 },
  noise: 0.01,
  seed: 12345,
};

/** What every method may assume about the diffusivity before it has seen a reading. */
export const initialDiffusivity = 0.2;

/** The problem behind the names; what is not chosen is as in the benchmark. */
export function heatProblem(choice: Partial<HeatProblemChoice> = {}): HeatProblem {
  const { field, forcing, sensors, noise, seed } = { ...benchmark, ...choice };
  return {
    diffusivity: fields[field],
    source: sourceOf(forcings[forcing]),
    sourceModes: forcings[forcing],
    initial: initialTemperature,
    sensors,
    noise,
    seed,
  };
}
