import { describe, expect, it } from "vitest";
import { normalNumbers } from "./noise.ts";
import {
  boundaryPool,
  collocationPool,
  initialPool,
  residualGrid,
  sensorPlaces,
} from "./points.ts";

// Figures: the benchmark's statement and observations (IHC-1, sections 3 to 5).
describe("the points of the heat problem", () => {
  it("puts the first sensors where the benchmark has them", () => {
    const wanted = [
      [0.2793899, 0.1128563],
      [0.0587798, 0.6257125],
      [0.7381697, 0.2385688],
    ];
    sensorPlaces(1, 3).forEach(([x, y], index) => {
      expect(x).toBeCloseTo(wanted[index]![0]!, 7);
      expect(y).toBeCloseTo(wanted[index]![1]!, 7);
    });
    expect(sensorPlaces(65, 1)[0]![0]).toBeCloseTo(0.560343475432, 11);
  });

  it("spreads collocation points evenly over every axis, as random points would not", () => {
    const pool = collocationPool(4096);
    for (const axis of [0, 1, 2]) {
      const counts = new Array<number>(16).fill(0);
      for (let k = 0; k < 4096; k++) counts[Math.floor(16 * pool[3 * k + axis]!)]! += 1;
      for (const count of counts) expect(Math.abs(count - 256)).toBeLessThan(6);
    }
  });

  it("goes round the four sides", () => {
    const pool = boundaryPool(8);
    expect([pool[0], pool[3], pool[7], pool[10]]).toEqual([0, 1, 0, 1]);
    expect([pool[12], pool[15], pool[19], pool[22]]).toEqual([0, 1, 0, 1]);
    expect(pool[1]).toBeCloseTo(0.2548776662466927, 12);
    expect(pool[2]).toBeCloseTo(0.0698402909980532, 12);
  });

  it("has initial points at time zero only", () => {
    const pool = initialPool(100);
    expect(pool.filter((_, index) => index % 3 === 2).every((t) => t === 0)).toBe(true);
    expect(pool[0]).toBeCloseTo(0.2548776662466927, 12);
  });

  it("measures the residual at cell centres, none twice", () => {
    const grid = residualGrid();
    expect(grid).toHaveLength(3 * 4096);
    expect([...grid.slice(0, 6)]).toEqual([1 / 32, 1 / 32, 1 / 32, 1 / 32, 1 / 32, 3 / 32]);
    const places = new Set(
      Array.from({ length: 4096 }, (_, k) => String(grid.slice(3 * k, 3 * k + 3))),
    );
    expect(places.size).toBe(4096);
  });
});

describe("the noise of the readings", () => {
  it("begins as the benchmark's does", () => {
    const wanted = [-0.9747324512, 0.4763872913, -0.6860782194, 0.040257387];
    normalNumbers(12345, 4).forEach((z, index) => expect(z).toBeCloseTo(wanted[index]!, 9));
  });

  it("is standard normal, and another sequence for another seed", () => {
    const numbers = normalNumbers(7, 20_000);
    const mean = numbers.reduce((sum, z) => sum + z, 0) / numbers.length;
    const square = numbers.reduce((sum, z) => sum + z * z, 0) / numbers.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(square - 1)).toBeLessThan(0.03);
    expect(normalNumbers(8, 1)[0]).not.toBe(numbers[0]);
  });
});
