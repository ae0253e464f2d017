import { describe, expect, it } from "vitest";
import { createRandom } from "../engine/random.ts";
import { type Density, discreteDensity, parzenDensity } from "./parzen.ts";

const places = [0.1, 0.12, 0.5, 0.95, 0];
const densities: [string, Density][] = [
  ["of places", parzenDensity(places)],
  ["of cells", parzenDensity(places, 7)],
  ["of many cells", parzenDensity(places, 10_000)],
  ["of choices", discreteDensity(places, 4)],
  ["of nothing seen", parzenDensity([])],
];

describe.each(densities)("a density %s", (_, density) => {
  it("is positive everywhere and one in all", () => {
    const steps = 7 * 4 * 200;
    let [total, lowest] = [0, Infinity];
    for (let step = 0; step < steps; step++) {
      const value = density.at((step + 0.5) / steps);
      lowest = Math.min(lowest, value);
      total += value / steps;
    }
    expect(lowest).toBeGreaterThan(0);
    expect(total).toBeCloseTo(1, 3);
  });

  it("is what its draws follow", () => {
    const random = createRandom(1);
    const [draws, parts] = [20_000, 4];
    const counts = new Array<number>(parts).fill(0);
    for (let draw = 0; draw < draws; draw++) counts[Math.floor(density.draw(random) * parts)]! += 1;
    counts.forEach((count, part) => {
      const inner = Array.from({ length: 700 }, (_unused, step) =>
        density.at((part + (step + 0.5) / 700) / parts),
      );
      const share = inner.reduce((sum, value) => sum + value, 0) / inner.length / parts;
      // Draws of a density of cells lie anywhere, and a quarter is no whole number of sevenths.
      expect(Math.abs(count / draws - share)).toBeLessThan(0.04);
    });
  });
});

it("a density is higher where more was seen", () => {
  expect(parzenDensity(places).at(0.11)).toBeGreaterThan(parzenDensity(places).at(0.7));
  expect(discreteDensity(places, 4).at(0.1)).toBeGreaterThan(discreteDensity(places, 4).at(0.3));
});
