import { describe, expect, it } from "vitest";
import { createRandom } from "../../../engine/random.ts";
import { heatProblem } from "../problem/problem.ts";
import { initialParameters, type PinnDesign } from "./design.ts";
import { makePools } from "./pools.ts";
import { defaultChunks, PinnTraining } from "./training.ts";

const design: PinnDesign = {
  layers: 2,
  width: 8,
  conditions: "soft",
  weights: { pde: 1, bc: 30, ic: 30, data: 30, smoothness: 0 },
};
const readings = {
  points: Float64Array.from({ length: 30 }, (_, k) => ((7 * k) % 30) / 30),
  u: new Float64Array(10).fill(0.2),
};
const sizes = { interior: 100, boundary: 24, initial: 16 };
const pools = makePools("soft", heatProblem().source, readings, sizes);

describe("the training of a physics-informed network", () => {
  it("draws the rows of every part from its own points, chunk by chunk", async () => {
    const training = await PinnTraining.open(design, pools, {
      interior: 32,
      section: 8,
      chunks: 2,
    });
    const { interior_rows: inside, known_rows: known } = training.feeds(createRandom(1), 3);
    await training.close();
    expect([inside.shape, known.shape]).toEqual([
      [3, 2, 16],
      [3, 2, 12],
    ]);
    const rows = [...inside.data].map(Number);
    expect(rows.every((row) => row >= 0 && row < 100)).toBe(true);
    // Readings, boundary, start: 4 rows of each in a chunk.
    const ranges = [
      [0, 10],
      [10, 34],
      [34, 50],
    ] as const;
    [...known.data].map(Number).forEach((row, index) => {
      const [from, to] = ranges[Math.floor(index / 4) % 3]!;
      expect(row).toBeGreaterThanOrEqual(from);
      expect(row).toBeLessThan(to);
    });
  });

  it.each([1, 2])("brings the loss down in %i chunks", async (chunks) => {
    const training = await PinnTraining.open(design, pools, { interior: 32, section: 8, chunks });
    const random = createRandom(1);
    const start = training.trainer.start(initialParameters(design, random));
    const feeds = training.feeds(random, 150);
    const { traces } = await training.trainer.run(start, feeds, 150, () => 0.01);
    await training.close();
    const mean = (values: Float32Array) => values.reduce((sum, v) => sum + v, 0) / values.length;
    expect(mean(traces.loss.slice(-20))).toBeLessThan(mean(traces.loss.slice(0, 20)) / 2);
  });

  it("comes to the same bits in two threads as in one, chunk for chunk", async () => {
    const states = [1, 2].map(async (threads) => {
      const sizes = { interior: 32, section: 8, chunks: 4, threads };
      const training = await PinnTraining.open(design, pools, sizes);
      const random = createRandom(1);
      const start = training.trainer.start(initialParameters(design, random));
      const { state } = await training.trainer.run(start, training.feeds(random, 9), 9, () => 0.01);
      await training.close();
      return state;
    });
    const [one, two] = await Promise.all(states);
    expect(two).toEqual(one);
  });

  it.each([
    [128, 1, 1024, 4],
    [64, 1, 1024, 2],
    [64, 2, 256, 2],
    [128, 2, 4096, 16],
    [128, 3, 96, 3],
    [128, 3, 3072, 12],
    [128, 1, 300, 1],
  ])("cuts a batch for width %i and %i threads, %i points, into %i parts", (...given) => {
    const [width, threads, interior, chunks] = given;
    expect(defaultChunks(width, { interior, section: interior / 4, threads })).toBe(chunks);
  });

  it("refuses a batch that does not divide", async () => {
    const odd = { interior: 32, section: 7, chunks: 2 };
    await expect(PinnTraining.open(design, pools, odd)).rejects.toThrow(
      "batch: 32 and 7 rows do not make 2 chunks",
    );
  });
});
