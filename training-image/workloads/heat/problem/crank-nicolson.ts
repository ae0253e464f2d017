import { conjugateGradients } from "./conjugate-gradients.ts";
import { Diffusion } from "./diffusion.ts";
import { modeInSpace, modeInTime } from "./forcing.ts";
import type { SourceMode } from "./forcing.ts";
import type { HeatProblem } from "./problem.ts";

/** Well below the scheme's own error, and small enough that ten decimals of the result do not depend on it. */
const tolerance = 1e-12;

/** Weights of earlier steps in a polynomial guess at the next one: rows of Pascal's triangle with signs. */
const guesses = [[1], [2, -1], [3, -3, 1], [4, -6, 4, -1], [5, -10, 10, -5, 1]] as const;

/**
 * Temperatures by Crank and Nicolson's scheme on n x n cells with steps of 1/(4n).
 * @param levels how many equal parts of [0, 1] to keep the end of; 4n must be a multiple
 * @returns the temperatures on the (n + 1)^2 nodes at each time m/levels, m = 0 to levels
 */
export function solveHeat(
  problem: Pick<HeatProblem, "diffusivity" | "initial" | "sourceModes">,
  n: number,
  levels: number,
): Float64Array[] {
  const steps = 4 * n;
  const half = 1 / steps / 2;
  const diffusion = new Diffusion(n, problem.diffusivity);
  const source = sourceOnNodes(problem.sourceModes, n);
  const start = onNodes(n, problem.initial);
  const kept = [start];
  // The latest steps, newest first: the matrix is so well conditioned (below 100 for these steps) that from a guess
  // made of them a few plain iterations do.
  let recent: Float64Array[] = [start];
  const right = new Float64Array(start.length);
  for (let step = 1; step <= steps; step++) {
    diffusion.apply(recent[0]!, 1, half, right);
    source.add(right, (step - 1) / steps, half);
    source.add(right, step / steps, half);
    const next = guess(recent);
    conjugateGradients((v, result) => diffusion.apply(v, 1, -half, result), right, next, tolerance);
    recent = [next, ...recent.slice(0, guesses.length - 1)];
    if ((step * levels) % steps === 0) kept.push(next);
  }
  return kept;
}

/** A function's values on the nodes inside; 0 on the boundary. */
export function onNodes(n: number, value: (x: number, y: number) => number): Float64Array {
  const values = new Float64Array((n + 1) ** 2);
  for (let i = 1; i < n; i++) {
    for (let j = 1; j < n; j++) values[i * (n + 1) + j] = value(i / n, j / n);
  }
  return values;
}

function guess(recent: readonly Float64Array[]): Float64Array {
  const weights = guesses[recent.length - 1]!;
  const result = new Float64Array(recent[0]!.length);
  weights.forEach((weight, age) => {
    const values = recent[age]!;
    for (let k = 0; k < result.length; k++) result[k]! += weight * values[k]!;
  });
  return result;
}

/** The source with each mode's values on the nodes made once. */
export function sourceOnNodes(modes: readonly SourceMode[], n: number) {
  const shapes = modes.map((mode) => onNodes(n, (x, y) => modeInSpace(mode, x, y)));
  return {
    /** Adds factor * f(t) to `result`. */
    add(result: Float64Array, t: number, factor: number): void {
      modes.forEach((mode, index) => {
        const [shape, weight] = [shapes[index]!, factor * modeInTime(mode, t)];
        for (let k = 0; k < result.length; k++) result[k]! += weight * shape[k]!;
      });
    },
  };
}
