import { solveHeat } from "./crank-nicolson.ts";
import type { HeatProblem } from "./problem.ts";
import { interpolate, splineWeights } from "./spline.ts";

/** The temperature on nodes (i/n, j/n) at times m/levels, m = 0 to levels. */
export interface Reference {
  n: number;
  levels: number;
  /** One array a time; node (i, j) at place i (n + 1) + j. */
  temperatures: readonly Float64Array[];
  /** Standard deviation of all these temperatures: what noise and misfits are measured by. */
  scale: number;
}

/**
 * Solves on 2n and on n cells and takes the two results' limit (Richardson), in which the errors of second order
 * cancel. With n = 100 the benchmark's temperatures are right to about 1e-7.
 */
export function solveReference(
  problem: Pick<HeatProblem, "diffusivity" | "initial" | "sourceModes">,
  n = 100,
  levels = 20,
): Reference {
  const coarse = solveHeat(problem, n, levels);
  const fine = solveHeat(problem, 2 * n, levels);
  const temperatures = coarse.map((values, level) => {
    const limit = new Float64Array(values.length);
    for (let i = 0; i <= n; i++) {
      for (let j = 0; j <= n; j++) {
        const at = i * (n + 1) + j;
        limit[at] = (4 * fine[level]![2 * i * (2 * n + 1) + 2 * j]! - values[at]!) / 3;
      }
    }
    return limit;
  });
  return { n, levels, temperatures, scale: standardDeviation(temperatures) };
}

/**
 * Temperatures at places between the nodes, by quintic splines in x and y.
 * @returns one array a place, with a value for each of the reference's times
 */
export function temperaturesAt(
  { n, temperatures }: Pick<Reference, "n" | "temperatures">,
  places: readonly (readonly [number, number])[],
): Float64Array[] {
  const ofX = splineWeights(
    n,
    places.map(([x]) => x),
  );
  const ofY = splineWeights(
    n,
    places.map(([, y]) => y),
  );
  return places.map((_, place) =>
    Float64Array.from(temperatures, (values) => interpolate(values, ofX[place]!, ofY[place]!)),
  );
}

function standardDeviation(parts: readonly Float64Array[]): number {
  let [count, sum] = [0, 0];
  for (const part of parts) for (const value of part) [count, sum] = [count + 1, sum + value];
  const mean = sum / count;
  let squares = 0;
  for (const part of parts) for (const value of part) squares += (value - mean) ** 2;
  return Math.sqrt(squares / count);
}
