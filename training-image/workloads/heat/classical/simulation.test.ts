import { describe, expect, it } from "vitest";
import { heatProblem } from "../problem/problem.ts";
import { solveReference, temperaturesAt } from "../problem/reference.ts";
import { diffusivityOf, hat, neighbours } from "./log-diffusivity.ts";
import { Sampling } from "./sampling.ts";
import { grids, sensitivities, simulate } from "./simulation.ts";

const problem = heatProblem();
const grid = grids.benchmark;
const { cells, steps } = grid;
const logarithms = Float64Array.from({ length: 64 }, (_, k) => Math.log(0.12) + 0.2 * Math.sin(k));
const points = Float64Array.from([
  0.31, 0.62, 0.25, 0.31, 0.62, 1, 0.8, 0.1, 0.777, 0.05, 0.93, 0.5,
]);

describe("log a on its nodes", () => {
  it("is bilinear between them, and every node's hat is its derivative", () => {
    const a = diffusivityOf(logarithms);
    expect(Math.log(a(3 / 7, 1))).toBeCloseTo(logarithms[8 * 3 + 7]!, 12);
    const middle = [18, 19, 26, 27].reduce((sum, node) => sum + logarithms[node]! / 4, 0);
    expect(Math.log(a(2.5 / 7, 2.5 / 7))).toBeCloseTo(middle, 12);
    let sum = 0;
    for (let node = 0; node < 64; node++) sum += hat(node)(0.37, 0.91) * logarithms[node]!;
    expect(Math.log(a(0.37, 0.91))).toBeCloseTo(sum, 12);
  });

  it("has 112 pairs of neighbours", () => {
    expect(neighbours).toHaveLength(2 * 8 * 7);
    expect(neighbours).toContainEqual([7, 15]);
    expect(neighbours).not.toContainEqual([7, 8]);
  });
});

describe("what is seen of a simulation", () => {
  it("is exact between nodes and steps for what splines and cubics hold", () => {
    const sampling = new Sampling(points, grid);
    const seen = new Float64Array(sampling.count);
    const u = (x: number, y: number, t: number) => x ** 4 * (1 - y) + y ** 5 * t ** 3 - t;
    for (let step = 0; step <= steps; step++) {
      const values = Float64Array.from({ length: (cells + 1) ** 2 }, (_, at) =>
        u(Math.floor(at / (cells + 1)) / cells, (at % (cells + 1)) / cells, step / steps),
      );
      sampling.add(step, values, seen);
    }
    seen.forEach((value, k) => {
      const [x, y, t] = points.slice(3 * k, 3 * k + 3) as unknown as [number, number, number];
      expect(value).toBeCloseTo(u(x, y, t), 10);
    });
  });

  it("is near the reference for the benchmark's own diffusivity", () => {
    const nodes = Float64Array.from({ length: 64 }, (_, k) =>
      Math.log(problem.diffusivity(Math.floor(k / 8) / 7, (k % 8) / 7)),
    );
    const sampling = new Sampling(points, grid);
    const seen = new Float64Array(sampling.count);
    simulate(problem, nodes, grid, (step, u) => sampling.add(step, u, seen));
    const series = temperaturesAt(solveReference(problem, 20), [[0.31, 0.62]])[0]!;
    expect(seen[0]).toBeCloseTo(series[5]!, 2);
    expect(seen[1]).toBeCloseTo(series[20]!, 2);
  });

  it("changes with log a as the sensitivities say", () => {
    const sampling = new Sampling(points, grid);
    const { jacobian, seen } = sensitivities(problem, logarithms, sampling);
    const direction = logarithms.map((_, k) => Math.cos(2 * k));
    const at = (length: number) => {
      const values = new Float64Array(sampling.count);
      const moved = logarithms.map((value, k) => value + length * direction[k]!);
      simulate(problem, moved, grid, (step, u) => sampling.add(step, u, values));
      return values;
    };
    expect(at(0)).toEqual(seen);
    const [ahead, behind] = [at(1e-4), at(-1e-4)];
    for (let point = 0; point < sampling.count; point++) {
      const slope = direction.reduce((sum, d, k) => sum + d * jacobian[64 * point + k]!, 0);
      const difference = (ahead[point]! - behind[point]!) / 2e-4;
      expect(Math.abs(slope)).toBeGreaterThan(1e-4);
      expect(Math.abs(slope - difference)).toBeLessThan(1e-6 * Math.abs(slope) + 1e-8);
    }
  });
});
