import { describe, expect, it } from "vitest";
import { fieldNames, fields } from "./fields.ts";
import { heatProblem } from "./problem.ts";

// Figures: the benchmark's statement (IHC-1, sections 1 and 4).
describe("the heat problem", () => {
  const problem = heatProblem();
  const nodes = Array.from(
    { length: 101 * 101 },
    (_, k) => [Math.floor(k / 101), k % 101] as const,
  );
  const misfit = (constant: number) => {
    let [difference, size] = [0, 0];
    for (const [i, j] of nodes) {
      const a = problem.diffusivity(i / 100, j / 100);
      difference += (constant - a) ** 2;
      size += a ** 2;
    }
    return Math.sqrt(difference / size);
  };

  it("has the benchmark's diffusivity: trivial guesses are as far off as it states", () => {
    expect(problem.diffusivity(0.35, 0.6)).toBeCloseTo(0.18, 12);
    expect(misfit(0.2)).toBeCloseTo(0.699, 4);
    let total = 0;
    for (const [i, j] of nodes) total += problem.diffusivity(i / 100, j / 100);
    expect(misfit(total / nodes.length)).toBeCloseTo(0.1741, 4);
  });

  it("has the benchmark's source, as a function and term by term", () => {
    const sin = (turns: number) => Math.sin(Math.PI * turns);
    for (const [x, y, t] of [
      [0.3, 0.8, 0.1],
      [0.71, 0.22, 0.93],
    ] as const) {
      const wanted =
        2 * sin(x) * sin(y) +
        4 * sin(x) * sin(2 * y) * Math.cos(2 * Math.PI * t) +
        4 * sin(2 * x) * sin(y) * sin(2 * t);
      expect(problem.source(x, y, t)).toBeCloseTo(wanted, 12);
    }
    expect(problem.sourceModes).toHaveLength(3);
  });

  it("starts from one half-wave, zero on the boundary", () => {
    expect(problem.initial(0.5, 0.5)).toBe(1);
    expect(problem.initial(1, 0.3)).toBeCloseTo(0, 15);
  });

  it("keeps every named diffusivity in a range that the methods can start from", () => {
    for (const name of fieldNames) {
      for (const [i, j] of nodes) {
        const a = fields[name](i / 100, j / 100);
        expect(a).toBeGreaterThan(0.05);
        expect(a).toBeLessThan(0.25);
      }
    }
  });

  it("takes other choices in place of the benchmark's", () => {
    const other = heatProblem({ field: "ramp", noise: 0 });
    expect(other.diffusivity(1, 1)).toBeCloseTo(0.18, 12);
    expect([other.noise, other.sensors.training]).toEqual([0, 64]);
  });
});
