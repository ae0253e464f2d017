import { describe, expect, it } from "vitest";
import { gradientGraph } from "./gradient-graph.ts";
import { matmul, mean, square, sub } from "./ops.ts";
import { ParameterLayout } from "./parameters.ts";
import { outputOf, Session } from "./session.ts";
import { matrix } from "./tensor.ts";

const layout = new ParameterLayout({ weights: [2, 1] });
const x = [1, 2, 3, 4, 5, 6, 7, 8];
const target = matrix([[1], [2]]);

/** Mean squared error of x w = (1, 2) over pairs of rows. */
const graph = (chunks: number) =>
  gradientGraph({
    layout,
    chunks,
    perChunk: { x: { shape: [2, 2] } },
    loss({ weights }, rows) {
      const errors = square(sub(matmul(rows.x, weights), target));
      return { loss: mean(errors), traces: { twice: mean(square(errors)) } };
    },
  });

/** Gradient and traces at one point. */
async function at(chunks: number, values: number[]) {
  const session = await Session.open(graph(chunks));
  const results = await session.run({
    parameters: { data: Float32Array.of(0.5, -0.25), shape: [2] },
    x: { data: Float32Array.from(values), shape: [chunks, 2, 2] },
  });
  await session.close();
  const of = (name: string) => [...outputOf(results, name).data].map(Number);
  return { gradient: of("gradient"), loss: of("loss")[0]!, twice: of("twice")[0]! };
}

describe("a graph of a loss and its gradient", () => {
  it("gives the mean over chunks of the loss, its gradient and its traces", async () => {
    const [first, second] = [await at(1, x.slice(0, 4)), await at(1, x.slice(4))];
    const whole = await at(2, x);
    for (const name of ["loss", "twice"] as const) {
      expect(whole[name]).toBeCloseTo((first[name] + second[name]) / 2, 5);
    }
    whole.gradient.forEach((value, i) =>
      expect(value).toBeCloseTo((first.gradient[i]! + second.gradient[i]!) / 2, 5),
    );
    // By hand, in the first chunk: errors -1 and -1.5, so the loss is (1 + 2.25) / 2.
    expect(first.loss).toBeCloseTo(1.625, 6);
    expect(first.gradient).toEqual([-1 - 3 * 1.5, -2 - 4 * 1.5]);
  });

  it("refuses a number of chunks that is none", () => {
    expect(() => graph(0)).toThrow("0 chunks");
    expect(() => graph(1.5)).toThrow("1.5 chunks");
  });
});
