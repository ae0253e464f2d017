import { describe, expect, it } from "vitest";
import { measure } from "../problem/metrics.ts";
import { observe } from "../problem/observations.ts";
import { heatProblem } from "../problem/problem.ts";
import { solveReference } from "../problem/reference.ts";
import { classicalBaseline } from "./baseline.ts";
import { grids } from "./simulation.ts";

/** On the coarser grid; baseline.soak.test.ts takes the one that the benchmark gives its figures for. */
describe("the classical baseline", () => {
  // The benchmark states 1.9 to 2.8 % for this noise over its seeds; a reference of less resolution is exact enough for it.
  it("finds the diffusivity at 5 % noise as exactly as the benchmark states, and stops at the noise", async () => {
    const problem = heatProblem({ noise: 0.05 });
    const reference = solveReference(problem, 40);
    const observations = observe(problem, reference);
    const { scale } = reference;
    const result = classicalBaseline(problem, observations.training, 0.05, scale, grids.coarse);
    const metrics = await measure(result.model, { problem, reference, observations });
    expect(metrics.a_err).toBeLessThan(0.028);
    expect(metrics.val_residual).toBeLessThan(0.01);
    expect(metrics.data_rms).toBeCloseTo(0.05, 2);
    expect(result.reached).toBe(true);
    expect(result.misfit).toBeLessThanOrEqual(1.02 * 0.05 * scale);
    expect(result.iterations).toBeLessThan(15);
  });
});
