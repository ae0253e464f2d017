import { describe, expect, it } from "vitest";
import { measure } from "../problem/metrics.ts";
import { observe } from "../problem/observations.ts";
import { heatProblem } from "../problem/problem.ts";
import { solveReference } from "../problem/reference.ts";
import { classicalBaseline } from "./baseline.ts";

/** The full resolution, at each of the benchmark's noise levels (IHC-1, section 6: 0.69, 0.89 and 1.9 to 2.8 %). */
describe("the classical baseline on the benchmark's own grid", () => {
  it.each([
    [0, 0.008],
    [0.01, 0.0105],
    [0.05, 0.028],
  ])("finds the diffusivity at noise %d as exactly as stated: %d", async (noise, bound) => {
    const problem = heatProblem({ noise });
    const reference = solveReference(problem);
    const observations = observe(problem, reference);
    const result = classicalBaseline(problem, observations.training, noise, reference.scale);
    const metrics = await measure(result.model, { problem, reference, observations });
    expect(metrics.a_err).toBeLessThan(bound);
    expect(metrics.val_residual).toBeLessThan(0.01);
    expect(result.reached).toBe(true);
    expect(result.iterations).toBeLessThan(40);
  });
});
