import { describe, expect, it } from "vitest";
import { conjugateGradients } from "./conjugate-gradients.ts";
import { onNodes, solveHeat } from "./crank-nicolson.ts";
import { Diffusion } from "./diffusion.ts";
import { initialTemperature } from "./fields.ts";
import { heatProblem } from "./problem.ts";

describe("the heat equation's scheme", () => {
  it("gives the exact decay of a half-wave, with an error that falls by four when cells halve", () => {
    const decaying = { diffusivity: () => 0.1, initial: initialTemperature, sourceModes: [] };
    const [coarse, fine] = [8, 16].map((n) => {
      const end = solveHeat(decaying, n, 4).at(-1)!;
      return Math.abs(end[(n / 2) * (n + 1) + n / 2]! - Math.exp(-0.2 * Math.PI ** 2));
    }) as [number, number];
    expect(coarse / fine).toBeGreaterThan(3.8);
    expect(coarse / fine).toBeLessThan(4.2);
    expect(fine).toBeLessThan(2e-3);
  });

  it("is of second order with the benchmark's diffusivity and source too", () => {
    const [four, two, one] = [10, 20, 40].map((n) => {
      const levels = solveHeat(heatProblem(), n, 20);
      return levels.map((values) => values[(n / 2) * (n + 1) + n / 2]!);
    }) as [number[], number[], number[]];
    const distance = (a: number[], b: number[]) =>
      Math.max(...a.map((value, level) => Math.abs(value - b[level]!)));
    const ratio = distance(four, two) / distance(two, one);
    expect(ratio).toBeGreaterThan(3.5);
    expect(ratio).toBeLessThan(4.5);
  });

  it("keeps the start, the end and the times between, all zero on the boundary", () => {
    const n = 10;
    const levels = solveHeat(heatProblem(), n, 20);
    expect(levels).toHaveLength(21);
    expect(levels[0]).toEqual(onNodes(n, initialTemperature));
    for (const values of levels) {
      for (let k = 0; k <= n; k++) {
        const edges = [k, n * (n + 1) + k, k * (n + 1), k * (n + 1) + n];
        for (const at of edges) expect(values[at]).toBe(0);
      }
    }
  });
});

describe("the diffusion operator", () => {
  it("is symmetric and takes heat away", () => {
    const n = 9;
    const diffusion = new Diffusion(n, heatProblem().diffusivity);
    const u = onNodes(n, (x, y) => Math.sin(7 * x + y) + x * y);
    const v = onNodes(n, (x, y) => Math.cos(3 * y - x));
    const [ofU, ofV] = [new Float64Array(u.length), new Float64Array(u.length)];
    const uLu = diffusion.apply(u, 0, 1, ofU);
    diffusion.apply(v, 0, 1, ofV);
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
    expect(dot(v, ofU)).toBeCloseTo(dot(u, ofV), 10);
    expect(uLu).toBeCloseTo(dot(u, ofU), 10);
    expect(uLu).toBeLessThan(0);
  });
});

describe("conjugate gradients", () => {
  const matrix = [
    [4, 1, 0],
    [1, 3, -1],
    [0, -1, 2],
  ];
  const multiply = (rows: number[][]) => (v: Float64Array, result: Float64Array) => {
    rows.forEach((row, i) => (result[i] = row.reduce((sum, a, j) => sum + a * v[j]!, 0)));
    return v.reduce((sum, x, i) => sum + x * result[i]!, 0);
  };

  it("solve a small system", () => {
    const x = new Float64Array(3);
    conjugateGradients(multiply(matrix), Float64Array.of(6, 4, 4), x, 1e-12);
    [1, 2, 3].forEach((wanted, i) => expect(x[i]).toBeCloseTo(wanted, 12));
  });

  it("stop with an error where they do not converge", () => {
    const indefinite = multiply([
      [0, 1],
      [1, 0],
    ]);
    const solve = () =>
      conjugateGradients(indefinite, Float64Array.of(1, 0), new Float64Array(2), 1e-12);
    expect(solve).toThrow("conjugate gradients");
  });
});
