import { describe, expect, it } from "vitest";
import { fitStandardiser, standardise } from "./standardise.ts";

const rows = [
  [1, 10],
  [2, 10],
  [Number.NaN, 10],
  [6, 10],
].map((row) => Float64Array.from(row));

describe("standardise", () => {
  it("K-09 fills a missing value with the median of the rows that were fitted", () => {
    const by = fitStandardiser(rows);
    expect([...by.median]).toEqual([2, 10]);
    expect(standardise(rows, by)[4]).toBe(standardise([Float64Array.of(2, 10)], by)[0]);
  });

  it("brings columns to mean 0 and deviation 1, and leaves one that does not vary at 0", () => {
    const values = standardise(rows, fitStandardiser(rows));
    const first = values.filter((_, index) => index % 2 === 0);
    const mean = first.reduce((sum, value) => sum + value, 0) / 4;
    expect(mean).toBeCloseTo(0, 6);
    expect(first.reduce((sum, value) => sum + value * value, 0) / 4).toBeCloseTo(1, 6);
    expect([...values.filter((_, index) => index % 2 === 1)]).toEqual([0, 0, 0, 0]);
  });

  it("takes the middle of the two middle values as median where their number is even", () => {
    const even = [[1], [2], [4], [9]].map((row) => Float64Array.from(row));
    expect(fitStandardiser(even).median[0]).toBe(3);
  });
});
