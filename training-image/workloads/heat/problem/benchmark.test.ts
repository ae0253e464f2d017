import { beforeAll, describe, expect, it } from "vitest";
import { trainingFacts, validationFacts } from "./benchmark-facts.ts";
import { observe } from "./observations.ts";
import type { Observations } from "./observations.ts";
import { heatProblem } from "./problem.ts";
import { solveReference, temperaturesAt } from "./reference.ts";
import type { Reference } from "./reference.ts";

/**
 * Our reference and readings against the benchmark's figures (IHC-1, sections 2 and 3, and its data files), with half
 * the resolution: the benchmark states that this changes a temperature by 1e-7. benchmark.soak.test.ts goes to the last
 * digit.
 */
let reference: Reference;
beforeAll(() => void (reference = solveReference(heatProblem(), 50)));

const observations = (noise: number): Observations => observe(heatProblem({ noise }), reference);

describe("the benchmark's reference", () => {
  it("agrees with the stated temperatures and their standard deviation", () => {
    const found = temperaturesAt(reference, [
      [0.5, 0.5],
      [0.25, 0.75],
    ]).map((values) => [5, 10, 15, 20].map((level) => values[level]!));
    const stated = [
      [0.9033865, 0.8879125, 0.8450948, 0.8182383],
      [0.5714424, 0.9092641, 0.4414474, 0.0084457],
    ];
    const differences = stated.flatMap((row, place) =>
      row.map((u, level) => Math.abs(u - found[place]![level]!)),
    );
    expect(Math.max(...differences)).toBeLessThan(3e-7);
    // Of this grid's nodes, of which more are on the boundary than of the stated one's.
    expect(reference.scale).toBeCloseTo(0.342873922, 2);
  });

  it("agrees with the training readings, clean and at 1 and 5 % noise", () => {
    const [clean, one, five] = [observations(0), observations(0.01), observations(0.05)];
    expect(clean.training.u).toHaveLength(1280);
    const { scale } = reference;
    for (const [row, x, y, t, u, z, onePercent, fivePercent] of trainingFacts) {
      [x, y, t].forEach((wanted, axis) =>
        expect(one.training.points[3 * row + axis]).toBeCloseTo(wanted, 11),
      );
      expect(clean.training.u[row]).toBeCloseTo(u, 6);
      expect(one.training.clean![row]).toBeCloseTo(u, 6);
      expect((one.training.u[row]! - clean.training.u[row]!) / scale / 0.01).toBeCloseTo(z, 9);
      expect((five.training.u[row]! - clean.training.u[row]!) / scale / 0.05).toBeCloseTo(z, 9);
      expect(one.training.u[row]).toBeCloseTo(onePercent, 4);
      expect(five.training.u[row]).toBeCloseTo(fivePercent, 3);
    }
  });

  it("agrees with the held-out readings", () => {
    const { validation } = observations(0.01);
    expect(validation.u).toHaveLength(720);
    for (const [row, x, y, t, u] of validationFacts) {
      [x, y, t].forEach((wanted, axis) =>
        expect(validation.points[3 * row + axis]).toBeCloseTo(wanted, 11),
      );
      expect(validation.clean![row]).toBeCloseTo(u, 6);
    }
  });
});
