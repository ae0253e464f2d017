import { onNodes, sourceOnNodes } from "../problem/crank-nicolson.ts";
import { Diffusion } from "../problem/diffusion.ts";
import type { HeatProblem } from "../problem/problem.ts";
import { BandedCholesky } from "./banded-cholesky.ts";
import { diffusivityOf, hat, nodesASide } from "./log-diffusivity.ts";
import type { Sampling } from "./sampling.ts";

/** Of a simulation: coarser than the reference, which made the data. */
export interface Grid {
  /** A side. */
  cells: number;
  steps: number;
  /** The misfit that the simulation's own errors leave, as a share of the temperature's standard deviation. */
  ownMisfit: number;
}

/** IHC-1, section 6: the one that figures are given for, and a coarser one. */
export const grids = {
  benchmark: { cells: 32, steps: 80, ownMisfit: 1e-3 },
  coarse: { cells: 16, steps: 40, ownMisfit: 4e-3 },
} as const satisfies Record<string, Grid>;

/** Right-hand sides that are solved for at once: few enough to stay in the cache. */
const together = 8;

export type KnownPhysics = Pick<HeatProblem, "initial" | "sourceModes">;

/** Called with the temperatures on the nodes after each step; step 0 is the start. */
type Visit = (step: number, temperatures: Float64Array) => void;

/** Temperatures by Crank and Nicolson's scheme for given values of log a on its nodes. */
export function simulate(
  physics: KnownPhysics,
  logarithms: Float64Array,
  grid: Grid,
  visit: Visit,
): void {
  const { cells, steps } = grid;
  const { half, diffusion, solve } = system(logarithms, grid);
  const source = sourceOnNodes(physics.sourceModes, cells);
  const u = onNodes(cells, physics.initial);
  const right = new Float64Array(u.length);
  visit(0, u);
  for (let step = 1; step <= steps; step++) {
    diffusion.apply(u, 1, half, right);
    source.add(right, (step - 1) / steps, half);
    source.add(right, step / steps, half);
    solve([right], [u]);
    visit(step, u);
  }
}

/**
 * What a sampling sees of the simulation on its grid, and its derivatives with respect to the values of log a.
 * @returns `seen` with a number a point, `jacobian` by rows with 64 numbers a point
 */
export function sensitivities(
  physics: KnownPhysics,
  logarithms: Float64Array,
  sampling: Sampling,
): { seen: Float64Array; jacobian: Float64Array } {
  const count = nodesASide ** 2;
  const { grid } = sampling;
  const { cells } = grid;
  const { half, diffusion, solve } = system(logarithms, grid);
  const diffusivity = diffusivityOf(logarithms);
  // Flow is linear in a, and a's derivative by node p's logarithm is a times that node's hat function.
  const changes = Array.from({ length: count }, (_, node) => {
    const weight = hat(node);
    return new Diffusion(cells, (x, y) => diffusivity(x, y) * weight(x, y));
  });
  const size = (cells + 1) ** 2;
  const derivatives = changes.map(() => new Float64Array(size));
  const rights = changes.map(() => new Float64Array(size));
  const [middle, change, before] = [0, 1, 2].map(() => new Float64Array(size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const seen = new Float64Array(sampling.count);
  const jacobian = new Float64Array(sampling.count * count);
  simulate(physics, logarithms, grid, (step, u) => {
    sampling.add(step, u, seen);
    if (step > 0) {
      for (let k = 0; k < size; k++) middle[k] = before[k]! + u[k]!;
      rights.forEach((right, node) => {
        diffusion.apply(derivatives[node]!, 1, half, right);
        changes[node]!.apply(middle, 0, half, change);
        for (let k = 0; k < size; k++) right[k]! += change[k]!;
      });
      solve(rights, derivatives);
      derivatives.forEach((derivative, node) => {
        sampling.add(step, derivative, jacobian, count, node);
      });
    }
    before.set(u);
  });
  return { seen, jacobian };
}

/** The scheme's two halves: I + dt/2 L, and a way to solve with I - dt/2 L, which is factored once. */
function system(logarithms: Float64Array, { cells, steps }: Grid) {
  const half = 1 / steps / 2;
  const diffusion = new Diffusion(cells, diffusivityOf(logarithms));
  const inner = cells - 1;
  const factor = new BandedCholesky(diffusion.band(1, -half), inner);
  const node = Int32Array.from(
    { length: inner ** 2 },
    (_, k) => (Math.floor(k / inner) + 1) * (cells + 1) + (k % inner) + 1,
  );
  /** Solves for every right-hand side; both they and the results are on all nodes. */
  const solve = (rights: readonly Float64Array[], results: readonly Float64Array[]) => {
    for (let first = 0; first < rights.length; first += together) {
      const columns = Math.min(together, rights.length - first);
      const unknowns = new Float64Array(node.length * columns);
      for (let c = 0; c < columns; c++) {
        const right = rights[first + c]!;
        for (let k = 0; k < node.length; k++) unknowns[k * columns + c] = right[node[k]!]!;
      }
      factor.solve(unknowns);
      for (let c = 0; c < columns; c++) {
        const result = results[first + c]!;
        for (let k = 0; k < node.length; k++) result[node[k]!] = unknowns[k * columns + c]!;
      }
    }
  };
  return { half, diffusion, solve };
}
