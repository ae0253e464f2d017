import { describe, expect, it } from "vitest";
import { emit } from "./emit.ts";
import { gradients } from "./gradient.ts";
import * as ops from "./ops.ts";
import { createRandom } from "./random.ts";
import { outputOf, Session } from "./session.ts";
import { elementCount, input, type Tensor } from "./tensor.ts";

/**
 * Compares every gradient with central differences, in 64-bit floats.
 * Does not prove anything about speed, nor about points where an operator has no derivative.
 */
interface Case {
  shapes: number[][];
  build: (...variables: [Tensor, Tensor]) => Tensor;
  /** Variables are drawn from this range. */
  range?: [number, number];
}

const cases: Record<string, Case> = {
  add: {
    shapes: [
      [3, 4],
      [3, 4],
    ],
    build: ops.add,
  },
  "add of a stretched row": { shapes: [[3, 4], [4]], build: ops.add },
  "add of a stretched column": {
    shapes: [
      [3, 1],
      [3, 4],
    ],
    build: ops.add,
  },
  sub: {
    shapes: [
      [2, 3],
      [1, 3],
    ],
    build: ops.sub,
  },
  mul: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: ops.mul,
  },
  "mul by itself": { shapes: [[4]], build: ops.square },
  div: { shapes: [[2, 3], [3]], build: ops.div, range: [0.5, 2] },
  neg: { shapes: [[3]], build: ops.neg },
  scale: { shapes: [[3]], build: (x) => ops.scale(x, -2.5) },
  sqrt: { shapes: [[5]], build: ops.sqrt, range: [0.5, 2] },
  exp: { shapes: [[5]], build: ops.exp },
  log: { shapes: [[5]], build: ops.log, range: [0.5, 2] },
  tanh: { shapes: [[2, 3]], build: ops.tanh },
  "relu of positive numbers": { shapes: [[6]], build: ops.relu, range: [0.1, 1] },
  "relu of negative numbers": { shapes: [[6]], build: ops.relu, range: [-1, -0.1] },
  softmax: { shapes: [[3, 4]], build: ops.softmax },
  logSoftmax: { shapes: [[3, 4]], build: ops.logSoftmax },
  matmul: {
    shapes: [
      [2, 3],
      [3, 4],
    ],
    build: (a, b) => ops.matmul(a, b),
  },
  "matmul, first transposed": {
    shapes: [
      [3, 2],
      [3, 4],
    ],
    build: (a, b) => ops.matmul(a, b, { transposeA: true }),
  },
  "matmul, second transposed": {
    shapes: [
      [2, 3],
      [4, 3],
    ],
    build: (a, b) => ops.matmul(a, b, { transposeB: true }),
  },
  "matmul, both transposed": {
    shapes: [
      [3, 2],
      [4, 3],
    ],
    build: (a, b) => ops.matmul(a, b, { transposeA: true, transposeB: true }),
  },
  "sum of all": { shapes: [[2, 3]], build: (x) => ops.sum(x) },
  "sum over the first axis": { shapes: [[2, 3]], build: (x) => ops.sum(x, [0]) },
  "sum over the last axis, kept": { shapes: [[2, 3]], build: (x) => ops.sum(x, [-1], true) },
  "mean of all": { shapes: [[2, 3]], build: (x) => ops.mean(x) },
  "mean over the last axis": { shapes: [[2, 3]], build: (x) => ops.mean(x, [1]) },
  reshape: { shapes: [[2, 3]], build: (x) => ops.reshape(x, [3, 2]) },
  expand: { shapes: [[2, 1]], build: (x) => ops.expand(x, [2, 3]) },
};

describe("gradients", () => {
  it.each(Object.entries(cases))("agree with finite differences: %s", async (_, test) => {
    const random = createRandom(7);
    const [low, high] = test.range ?? [-1, 1];
    const draw = (shape: readonly number[]) =>
      Float64Array.from(
        { length: elementCount(shape) },
        () => low + (high - low) * random.uniform(),
      );
    const variables = test.shapes.map((shape, index) => input(`x${index}`, shape, "float64"));
    const result = test.build(...(variables as [Tensor, Tensor]));
    // A random weight on every element keeps errors from cancelling, as they do in a plain sum of a softmax.
    const weights = draw(result.shape as number[]);
    const weight = input("weights", result.shape, "float64");
    const value = ops.sum(ops.mul(result, weight));
    const derived = gradients(value, variables);
    const outputs = Object.fromEntries(derived.map((tensor, index) => [`g${index}`, tensor]));
    const session = await Session.open(
      emit({ name: "test", inputs: [...variables, weight], outputs: { value, ...outputs } }),
    );
    const point = test.shapes.map(draw);
    const run = (at: Float64Array[]) =>
      session.run({
        weights: { data: weights, shape: result.shape as number[] },
        ...Object.fromEntries(
          at.map((data, index) => [`x${index}`, { data, shape: test.shapes[index] as number[] }]),
        ),
      });
    const valueAt = async (at: Float64Array[]) =>
      outputOf(await run(at), "value").data[0] as number;
    const results = await run(point);
    for (const [index, data] of point.entries()) {
      const gradient = outputOf(results, `g${index}`);
      expect(gradient.shape).toEqual(test.shapes[index]);
      for (const element of data.keys()) {
        const step = 1e-5;
        const moved = (by: number) =>
          point.map((other, which) =>
            which === index ? other.map((v, i) => (i === element ? v + by : v)) : other,
          );
        const slope = ((await valueAt(moved(step))) - (await valueAt(moved(-step)))) / (2 * step);
        expect(Number(gradient.data[element])).toBeCloseTo(slope, 7);
      }
    }
    await session.close();
  });

  it("adds up the ways in which a variable is used", async () => {
    const x = input("x", [2]);
    const [gradient] = gradients(ops.sum(ops.add(ops.mul(x, x), ops.scale(x, 3))), [x]);
    const model = emit({ name: "test", inputs: [x], outputs: { gradient: gradient as Tensor } });
    const session = await Session.open(model);
    const results = await session.run({ x: { data: Float32Array.of(1, -2), shape: [2] } });
    expect([...outputOf(results, "gradient").data]).toEqual([5, -1]);
    await session.close();
  });

  it("refuses a value that is no scalar, a variable it does not depend on, an operator without gradient", () => {
    const [x, y] = [input("x", [2]), input("y", [2])];
    expect(() => gradients(x, [x])).toThrow("must be a scalar, not [2]");
    expect(() => gradients(ops.sum(x), [x, y])).toThrow("does not depend on variable 'y'");
    expect(() => gradients(ops.sum(ops.sign(x)), [x])).toThrow("Sign has no gradient");
  });
});
