import { describe, expect, it } from "vitest";
import { createRandom } from "./random.ts";

describe("createRandom", () => {
  const take = (seed: number, count: number) => {
    const random = createRandom(seed);
    return Array.from({ length: count }, () => random.uniform());
  };

  it("gives the same sequence for the same seed, and another for another", () => {
    expect(take(42, 100)).toEqual(take(42, 100));
    expect(take(42, 5)).not.toEqual(take(43, 5));
  });

  it("stays the sequence it has always been, so that old runs can be repeated", () => {
    expect(take(42, 3)).toMatchInlineSnapshot(`
      [
        0.35352955432608724,
        0.06325051211751997,
        0.47994620888493955,
      ]
    `);
  });

  it("is uniform and normal to the eye of mean and variance", () => {
    const random = createRandom(1);
    const count = 20_000;
    const moments = (draw: () => number) => {
      const values = Array.from({ length: count }, draw);
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count] as const;
    };
    const [uniformMean, uniformVariance] = moments(() => random.uniform());
    expect(Math.abs(uniformMean - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(uniformVariance - 1 / 12)).toBeLessThan(0.003);
    const [normalMean, normalVariance] = moments(() => random.normal());
    expect(Math.abs(normalMean)).toBeLessThan(0.03);
    expect(Math.abs(normalVariance - 1)).toBeLessThan(0.04);
  });

  it("permutes every number into every place", () => {
    const random = createRandom(5);
    const seen = new Set<string>();
    for (let round = 0; round < 500; round++) seen.add(random.permutation(4).join());
    expect(seen.size).toBe(24);
  });

  it("goes on from a state as if nothing had been in between, also in another generator", () => {
    const random = createRandom(7);
    random.permutation(10);
    const state = JSON.parse(JSON.stringify(random.state())) as ReturnType<typeof random.state>;
    const draws = () => Array.from({ length: 100 }, () => random.uniform());
    const wanted = draws();
    random.resume(state);
    expect(draws()).toEqual(wanted);
    const other = createRandom(8);
    other.resume(state);
    expect(other.uniform()).toBe(wanted[0]);
  });
});
