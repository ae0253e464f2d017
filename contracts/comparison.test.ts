import { describe, expect, it } from "vitest";
import { type Comparison, comparisonKey, ComparisonRule, judgeComparison } from "./comparison.ts";
import type { MetricValue } from "./primitives.ts";

const [candidate, incumbent, other] = ["a", "b", "c"].map((digit) => digit.repeat(64));
const comparison = (ours?: MetricValue, theirs?: MetricValue): Comparison => ({
  schema: "isotherm.dev/comparison/v1",
  model: "wine",
  dataSet: { name: "wine", version: "1", sha256: "d".repeat(64), rows: 36 },
  scorer: { workload: "wine", image: "training:1" },
  candidate: { release: candidate!, metrics: ours === undefined ? {} : { score: ours } },
  incumbent: { release: incumbent!, metrics: theirs === undefined ? {} : { score: theirs } },
});
const judge = (value: Comparison, rule = {}, now = incumbent!) =>
  judgeComparison(
    value,
    now,
    ComparisonRule.parse({ metric: "score", direction: "maximize", ...rule }),
  );

describe("judgeComparison", () => {
  it.each([
    [0.9, 0.8, "maximize", 0, true],
    [0.8, 0.8, "maximize", 0, true],
    [0.79, 0.8, "maximize", 0, false],
    [0.79, 0.8, "maximize", 0.02, true],
    [0.9, 0.8, "minimize", 0, false],
    [0.7, 0.8, "minimize", 0, true],
  ])("C-01 %f beside %f, %s, tolerance %f: %s", (ours, theirs, direction, tolerance, passed) => {
    expect(judge(comparison(ours, theirs), { direction, tolerance }).passed).toBe(passed);
  });

  it("C-01 refuses a comparison with a release that no longer has the weight, and names both", () => {
    const verdict = judge(comparison(0.9, 0.8), {}, other!);
    expect(verdict.passed).toBe(false);
    expect(verdict.text).toMatch(/compared with b{12}, but c{12} has the weight now/);
  });

  it.each([
    [undefined, 0.8, "score of the candidate is missing"],
    [0.8, undefined, "score of the incumbent is missing"],
    ["NaN", 0.8, "score of the candidate is NaN"],
    [0.8, "Infinity", "score of the incumbent is Infinity"],
  ] as const)("refuses %s beside %s", (ours, theirs, text) => {
    expect(judge(comparison(ours, theirs))).toEqual({ passed: false, text });
  });
});

describe("comparisonKey", () => {
  it("is another one for another outcome, and the same for the same", () => {
    expect(comparisonKey(comparison(1, 2))).toBe(comparisonKey(comparison(1, 2)));
    expect(comparisonKey(comparison(1, 2))).not.toBe(comparisonKey(comparison(1, 3)));
  });
});
