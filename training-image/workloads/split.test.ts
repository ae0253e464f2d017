import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stratifiedFolds, stratifiedSplit } from "./split.ts";

const labels = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 10, maxLength: 200 });
const share = (of: readonly number[], all: readonly number[], label: number) =>
  of.filter((row) => all[row] === label).length;

describe("stratifiedSplit", () => {
  it("K-09 holds out the share of every class, to a row, and loses none", () => {
    fc.assert(
      fc.property(labels, fc.integer(), (all, seed) => {
        const { train, test } = stratifiedSplit(all, 0.2, seed);
        expect([...train, ...test].sort((a, b) => a - b)).toEqual([...all.keys()]);
        for (const label of [0, 1, 2]) {
          const count = all.filter((other) => other === label).length;
          expect(share(test, all, label)).toBe(Math.round(0.2 * count));
        }
      }),
    );
  });

  it("is the same for the same seed, and another for another", () => {
    const all = Array.from({ length: 60 }, (_, row) => row % 3);
    expect(stratifiedSplit(all, 0.2, 42)).toEqual(stratifiedSplit(all, 0.2, 42));
    expect(stratifiedSplit(all, 0.2, 42)).not.toEqual(stratifiedSplit(all, 0.2, 43));
  });
});

describe("stratifiedFolds", () => {
  it("K-09 holds every row out once, in folds and classes that differ by one row at most", () => {
    fc.assert(
      fc.property(labels, fc.integer(), (all, seed) => {
        const folds = stratifiedFolds(all, 5, seed);
        expect(folds.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual([...all.keys()]);
        const spread = (counts: number[]) => Math.max(...counts) - Math.min(...counts);
        expect(spread(folds.map(({ test }) => test.length))).toBeLessThanOrEqual(1);
        for (const label of [0, 1, 2]) {
          const counts = folds.map(({ test }) => share(test, all, label));
          expect(spread(counts)).toBeLessThanOrEqual(1);
        }
        for (const { train, test } of folds) expect(train.length + test.length).toBe(all.length);
      }),
    );
  });
});
