import { describe, expect, it } from "vitest";
import { GradientSession } from "./gradient-session.ts";
import { matmul, mean, square, sub } from "./ops.ts";
import { ParameterLayout } from "./parameters.ts";
import { matrix } from "./tensor.ts";

const layout = new ParameterLayout({ weights: [2, 1] });
const x = [1, 2, 3, 4, 5, 6, 7, 8];
const target = matrix([[1], [2]]);

/** Mean squared error of x w = (1, 2) over pairs of rows. */
function open(chunks: number) {
  return GradientSession.open({
    layout,
    chunks,
    perChunk: { x: { shape: [2, 2] } },
    loss({ weights }, rows) {
      const errors = square(sub(matmul(rows.x, weights), target));
      return { loss: mean(errors), traces: { twice: mean(square(errors)) } };
    },
  });
}

describe("a gradient session", () => {
  it("gives the mean over chunks of the loss, its gradient and its traces", async () => {
    const [one, two] = await Promise.all([open(1), open(2)]);
    const at = Float32Array.of(0.5, -0.25);
    const half = async (values: number[]) =>
      one.at(at, { x: { data: Float32Array.from(values), shape: [1, 2, 2] } });
    const [first, second] = [await half(x.slice(0, 4)), await half(x.slice(4))];
    const whole = await two.at(at, { x: { data: Float32Array.from(x), shape: [2, 2, 2] } });
    for (const name of ["loss", "twice"]) {
      const both = (first.traces[name]! + second.traces[name]!) / 2;
      expect(whole.traces[name]).toBeCloseTo(both, 5);
    }
    whole.gradient.forEach((value, i) =>
      expect(value).toBeCloseTo((first.gradient[i]! + second.gradient[i]!) / 2, 5),
    );
    // By hand, in the first chunk: errors -1 and -1.5, so the loss is (1 + 2.25) / 2.
    expect(first.traces.loss).toBeCloseTo(1.625, 6);
    expect([...first.gradient]).toEqual([-1 - 3 * 1.5, -2 - 4 * 1.5]);
    await Promise.all([one.close(), two.close()]);
  });

  it("refuses a number of chunks that is none", async () => {
    await expect(open(0)).rejects.toThrow("0 chunks");
    await expect(open(1.5)).rejects.toThrow("1.5 chunks");
  });
});
