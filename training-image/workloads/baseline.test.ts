import { describe, expect, it } from "vitest";
import { DriftBaseline, type NumberBaseline } from "../../contracts/baseline.ts";
import { binShares, driftBaseline, predictionBaseline } from "./baseline.ts";

const digest = "0".repeat(64);
const column = (values: readonly number[]) => values.map((value) => Float64Array.of(value));

describe("driftBaseline", () => {
  it("U-06 has ten quantile bins a feature, with a tenth of the rows in each", () => {
    const values = Array.from({ length: 1000 }, (_, index) => Math.sin(index) * index);
    const baseline = driftBaseline([{ name: "x" }], column(values), digest);
    expect(DriftBaseline.parse(baseline)).toEqual(baseline);
    const [feature] = baseline.features as NumberBaseline[];
    expect(feature!.edges).toHaveLength(9);
    for (const share of feature!.shares) expect(share).toBeCloseTo(0.1, 3);
  });

  it("takes its edges as NumPy's linear quantiles do", () => {
    const baseline = driftBaseline([{ name: "x" }], column([5, 1, 3, 2, 4]), digest);
    const [feature] = baseline.features as NumberBaseline[];
    expect(feature!.edges.map((edge) => Math.round(edge * 1e9) / 1e9)).toEqual([
      1.4, 1.8, 2.2, 2.6, 3, 3.4, 3.8, 4.2, 4.6,
    ]);
  });

  it("counts a value on an edge into the bin above it, and all that lie outside", () => {
    expect(binShares(Float64Array.of(-9, 0, 1, 1, 9), [0, 1])).toEqual([0.2, 0.2, 0.6]);
  });

  it("leaves missing values out", () => {
    const baseline = driftBaseline([{ name: "x" }], column([1, Number.NaN, 1]), digest);
    expect(baseline.features[0]!.shares.reduce((sum, share) => sum + share, 0)).toBe(1);
  });

  it("counts words by category, and what is missing last", () => {
    const features = [{ name: "contract", categories: ["one-year", "two-year"] }];
    const baseline = driftBaseline(features, column([1, 1, 0, Number.NaN]), digest);
    expect(DriftBaseline.parse(baseline)).toEqual(baseline);
    expect(baseline.features).toEqual([{ ...features[0], shares: [0.25, 0.5, 0.25] }]);
  });

  it("K-07 counts a model's own predictions by class", () => {
    const probabilities = [
      [0.1, 0.9],
      [0.2, 0.8],
      [0.7, 0.3],
      [0.4, 0.6],
    ];
    expect(predictionBaseline(["stay", "churn"], probabilities)).toEqual({
      name: "prediction",
      categories: ["stay", "churn"],
      shares: [0.25, 0.75, 0],
    });
  });
});
