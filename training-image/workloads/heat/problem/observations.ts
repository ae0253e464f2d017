import { normalNumbers } from "./noise.ts";
import { readingTimes, sensorPlaces } from "./points.ts";
import type { SpaceTimePoints } from "./points.ts";
import type { HeatProblem } from "./problem.ts";
import { temperaturesAt } from "./reference.ts";
import type { Reference } from "./reference.ts";

/** What sensors read, one number a point. */
export interface Readings {
  /** Where and when: x, y, t of each reading, flat. */
  points: SpaceTimePoints;
  /** The reading, noise included. */
  u: Float64Array;
  /** The temperature without noise; absent where nobody knows it, as with real sensors. */
  clean?: Float64Array;
}

export interface Observations {
  training: Readings;
  /** Of sensors that training never sees. */
  validation: Readings;
}

/**
 * Reads the reference at every sensor and time, sensor after sensor, and adds the problem's noise. One sequence of
 * random numbers goes through the training sensors first: the benchmark's readings do not depend on what is held out.
 */
export function observe(problem: HeatProblem, reference: Reference): Observations {
  const { training, validation } = problem.sensors;
  const places = sensorPlaces(1, training + validation);
  const levels = readingTimes.map((t) => Math.round(t * reference.levels));
  const clean = temperaturesAt(reference, places).flatMap((values) =>
    levels.map((level) => values[level]!),
  );
  const points = places.flatMap(([x, y]) => readingTimes.flatMap((t) => [x, y, t]));
  const noise = normalNumbers(problem.seed, clean.length);
  const amplitude = problem.noise * reference.scale;
  const u = clean.map((value, index) => value + amplitude * noise[index]!);
  const part = (from: number, to: number): Readings => ({
    points: Float64Array.from(points.slice(3 * from, 3 * to)),
    u: Float64Array.from(u.slice(from, to)),
    clean: Float64Array.from(clean.slice(from, to)),
  });
  const split = training * readingTimes.length;
  return { training: part(0, split), validation: part(split, clean.length) };
}
