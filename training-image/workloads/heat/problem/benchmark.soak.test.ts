import { beforeAll, describe, expect, it } from "vitest";
import { trainingFacts, validationFacts } from "./benchmark-facts.ts";
import { observe } from "./observations.ts";
import type { Observations } from "./observations.ts";
import { heatProblem } from "./problem.ts";
import { solveReference } from "./reference.ts";
import type { Reference } from "./reference.ts";

/**
 * Our reference and readings against the benchmark's figures (IHC-1, sections 2 and 3, and its data files), to all
 * digits given. benchmark.test.ts does the same with half the resolution.
 */
let reference: Reference;
beforeAll(() => void (reference = solveReference(heatProblem())), 120_000);

const observations = (noise: number): Observations => observe(heatProblem({ noise }), reference);

describe("the benchmark's reference", () => {
  it("agrees with the stated temperatures and their standard deviation", () => {
    const series = (i: number, j: number) =>
      [5, 10, 15, 20].map((level) => reference.temperatures[level]![101 * i + j]!);
    const centre = [0.9033865, 0.8879125, 0.8450948, 0.8182383];
    const quarter = [0.5714424, 0.9092641, 0.4414474, 0.0084457];
    const differences = [
      ...series(50, 50).map((u, k) => Math.abs(u - centre[k]!)),
      ...series(25, 75).map((u, k) => Math.abs(u - quarter[k]!)),
    ];
    expect(Math.max(...differences)).toBeLessThan(1e-7);
    expect(reference.scale).toBeCloseTo(0.342873922, 8);
  });

  it("agrees with the training readings, clean and at 1 and 5 % noise, to all digits given", () => {
    const [clean, one, five] = [observations(0), observations(0.01), observations(0.05)];
    expect(clean.training.u).toHaveLength(1280);
    for (const [row, x, y, t, u, , onePercent, fivePercent] of trainingFacts) {
      [x, y, t].forEach((wanted, axis) =>
        expect(one.training.points[3 * row + axis]).toBeCloseTo(wanted, 11),
      );
      expect(clean.training.u[row]).toBeCloseTo(u, 9);
      expect(one.training.clean![row]).toBeCloseTo(u, 9);
      expect(one.training.u[row]).toBeCloseTo(onePercent, 9);
      expect(five.training.u[row]).toBeCloseTo(fivePercent, 9);
    }
  });

  it("agrees with the held-out readings", () => {
    const { validation } = observations(0.01);
    expect(validation.u).toHaveLength(720);
    for (const [row, x, y, t, u] of validationFacts) {
      [x, y, t].forEach((wanted, axis) =>
        expect(validation.points[3 * row + axis]).toBeCloseTo(wanted, 11),
      );
      expect(validation.clean![row]).toBeCloseTo(u, 9);
    }
  });
});
