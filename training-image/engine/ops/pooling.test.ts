import { describe, expect, it } from "vitest";
import { emit } from "../emit.ts";
import { gradients } from "../gradient.ts";
import { createRandom } from "../random.ts";
import { outputOf, Session } from "../session.ts";
import { input, type Tensor } from "../tensor.ts";
import { mul } from "./elementwise.ts";
import { averagePool, maxPool } from "./pooling.ts";
import { sum } from "./reduce.ts";

const shape = [2, 3, 4, 6];
const pooledShape = [2, 3, 2, 3];

/** The elements of each window, for windows of 2 by 2, in the order of the results. */
function windowsOf(images: Float64Array): number[][] {
  const windows: number[][] = [];
  for (let plane = 0; plane < 6; plane++)
    for (let row = 0; row < 4; row += 2)
      for (let column = 0; column < 6; column += 2) {
        const first = (plane * 4 + row) * 6 + column;
        windows.push([first, first + 1, first + 6, first + 7].map((i) => images[i] as number));
      }
  return windows;
}

const poolings = {
  average: { pool: averagePool, of: (values: number[]) => values.reduce((a, b) => a + b) / 4 },
  largest: { pool: maxPool, of: (values: number[]) => Math.max(...values) },
};

async function run(images: Float64Array, weights: Float64Array, pool: typeof maxPool) {
  const [x, w] = [input("x", shape), input("w", pooledShape)];
  const y = pool(x, 2);
  const [gradient] = gradients(sum(mul(w, y)), [x]) as [Tensor];
  const session = await Session.open(
    emit({ name: "test", inputs: [x, w], outputs: { y, gradient } }),
  );
  const results = await session.run({
    x: { data: Float32Array.from(images), shape },
    w: { data: Float32Array.from(weights), shape: pooledShape },
  });
  await session.close();
  return [outputOf(results, "y"), outputOf(results, "gradient")].map(({ data }) =>
    Array.from(data, Number),
  ) as [number[], number[]];
}

describe("pooling", () => {
  it.each(Object.entries(poolings))(
    "agrees with its definition and its finite differences: %s",
    async (_, { pool, of }) => {
      const random = createRandom(5);
      const images = Float64Array.from({ length: 144 }, () => 2 * random.uniform() - 1);
      const weights = Float64Array.from({ length: 36 }, () => 2 * random.uniform() - 1);
      const value = (at: Float64Array) =>
        windowsOf(at).reduce((total, window, i) => total + (weights[i] as number) * of(window), 0);
      const [pooled, gradient] = await run(images, weights, pool);
      windowsOf(images).forEach((window, i) => expect(pooled[i]).toBeCloseTo(of(window), 6));
      expect(gradient).toHaveLength(144);
      for (const moved of images.keys()) {
        const by = (step: number) =>
          value(images.map((v, index) => (index === moved ? v + step : v)));
        expect(gradient[moved]).toBeCloseTo((by(1e-6) - by(-1e-6)) / 2e-6, 5);
      }
    },
  );

  it("shares the gradient of the largest among equals", async () => {
    const weights = new Float64Array(36).fill(1);
    const [, gradient] = await run(new Float64Array(144), weights, maxPool);
    expect(new Set(gradient)).toEqual(new Set([0.25]));
  });

  it("refuses images that its windows do not tile", () => {
    expect(() => maxPool(input("x", [1, 1, 5, 4]), 2)).toThrow(
      "windows of 2 do not tile [1, 1, 5, 4]",
    );
    expect(() => averagePool(input("x", [4, 4]), 2)).toThrow("do not tile [4, 4]");
  });
});
