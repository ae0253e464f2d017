import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridSize, type SweepSpace, type SweepStudy } from "../../contracts/sweep.ts";
import { parametersOf } from "./sampling.ts";
import { placeOf, valueAt } from "./space.ts";

const space: SweepSpace = {
  rate: { logUniform: [1e-4, 1e-1] },
  hidden: { choice: [32, 64, "many"] },
  penalty: { uniform: [-1, 3] },
  layers: { integer: [2, 5] },
};
const study = (changes: Partial<SweepStudy> = {}) =>
  ({ method: "random", seed: 1, parameters: space, ...changes }) as const;

describe("K-10 the parameters of a trial", () => {
  it("of a grid are every combination once, whatever the order of its names", () => {
    const parameters: SweepSpace = {
      hidden: { choice: [32, 64] },
      act: { choice: ["tanh", "relu", "sin"] },
      layers: { integer: [-1, 2] },
    };
    const reversed = Object.fromEntries(Object.entries(parameters).reverse());
    const indices = Array.from({ length: gridSize(parameters)! }, (_, index) => index);
    const all = indices.map((i) => parametersOf(study({ method: "grid", parameters }), i, []));
    expect(new Set(all.map((values) => JSON.stringify(values))).size).toBe(24);
    for (const { hidden, act, layers } of all) {
      expect([32, 64]).toContain(hidden);
      expect(["tanh", "relu", "sin"]).toContain(act);
      expect([-1, 0, 1, 2]).toContain(layers);
    }
    const again = indices.map((index) =>
      parametersOf(study({ method: "grid", parameters: reversed }), index, []),
    );
    expect(again).toEqual(all);
    expect(() => parametersOf(study({ method: "grid", parameters }), 24, [])).toThrow("24");
  });

  it("of a random search follow from seed and index alone", () => {
    const one = parametersOf(study(), 3, []);
    const ended = Array.from({ length: 30 }, () => ({ parameters: one, loss: 0 }));
    expect(parametersOf(study(), 3, ended)).toEqual(one);
    expect(parametersOf(study(), 4, [])).not.toEqual(one);
    expect(parametersOf(study({ seed: 2 }), 3, [])).not.toEqual(one);
  });

  it("are spread evenly over every range, on its own scale", () => {
    const drawn = Array.from({ length: 4_000 }, (_, index) => parametersOf(study(), index, []));
    for (const [name, range] of Object.entries(space)) {
      const parts = "integer" in range ? 4 : 3;
      const counts = new Array<number>(parts).fill(0);
      for (const values of drawn) counts[Math.floor(placeOf(range, values[name]) * parts)]! += 1;
      // Five standard deviations of a binomial count.
      const wanted = drawn.length / parts;
      for (const count of counts)
        expect(Math.abs(count - wanted)).toBeLessThan(5 * Math.sqrt(wanted));
    }
  });

  it("never leave their range, and come back to the place they were drawn from", () => {
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    for (const range of Object.values(space)) {
      fc.assert(
        fc.property(place, (at) => {
          const value = valueAt(range, at);
          const back = placeOf(range, value);
          expect(back).toBeGreaterThanOrEqual(0);
          expect(back).toBeLessThanOrEqual(1);
          if ("choice" in range) expect(range.choice).toContain(value);
          else if ("integer" in range) expect(Number.isInteger(value)).toBe(true);
          else expect(back).toBeCloseTo(at, 9);
          const [low, high] = [valueAt(range, 0), valueAt(range, 1 - 2 ** -53)];
          if (!("choice" in range)) {
            expect(value).toBeGreaterThanOrEqual(Number(low));
            expect(value).toBeLessThanOrEqual(Number(high));
          }
        }),
      );
    }
    expect(valueAt({ logUniform: [1e-4, 0.3] }, 1)).toBeLessThanOrEqual(0.3);
  });
});
