import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { NumberBaseline } from "../../contracts/baseline.ts";
import { driftBaseline } from "../workloads/baseline.ts";
import { BinCounts, psi } from "./psi.ts";

interface Sample {
  baseline: number[];
  current: number[];
  edges: number[];
  psi: number;
  psi_same: number;
}

/** One feature, and what another implementation (NumPy's quantiles, shares floored at 1e-6) says of it. */
const sample = JSON.parse(
  readFileSync(new URL("testing/psi-sample.json", import.meta.url), "utf8"),
) as Sample;

const baseline = driftBaseline(
  [{ name: "x" }],
  sample.baseline.map((value) => Float64Array.of(value)),
  "0".repeat(64),
).features[0] as NumberBaseline;

function counted(
  values: readonly unknown[],
  of: ConstructorParameters<typeof BinCounts>[0] = baseline,
) {
  const counts = new BinCounts(of);
  for (const value of values) counts.add(value);
  return counts;
}

describe("population stability index", () => {
  it("U-15 is what the reference gives for its sample, to its digits", () => {
    baseline.edges.forEach((edge, place) => expect(edge).toBeCloseTo(sample.edges[place + 1]!, 6));
    expect(counted(sample.current).psi).toBeCloseTo(sample.psi, 12);
    expect(counted(sample.baseline).psi).toBeCloseTo(sample.psi_same, 12);
  });

  it("U-14 is a sum over bins with a floor of 1e-6 under each share", () => {
    const expected = (0.5 - 1e-6) * Math.log(0.5 / 1e-6) * 2;
    expect(psi([0.5, 0.5, 0], [0.5, 0, 0.5])).toBeCloseTo(expected, 12);
    expect(psi([0.25, 0.75], [0.25, 0.75])).toBe(0);
  });

  it("leaves missing numbers out and counts them", () => {
    const counts = counted([...sample.current, null, null, "NaN"]);
    expect(counts.psi).toBeCloseTo(sample.psi, 12);
    expect(counts).toMatchObject({ missing: 3, values: 400 });
    expect(counted([null]).psi).toBeUndefined();
  });

  it("counts words by category, with missing and unknown ones in the last", () => {
    const words = { name: "plan", categories: ["a", "b"], shares: [0.5, 0.25, 0.25] };
    const counts = counted(["a", "a", "b", "new"], words);
    expect(counts.psi).toBe(0);
    expect(counted(["a", "a", "b", ""], words)).toMatchObject({ missing: 1, psi: 0 });
  });
});
