import { describe, expect, it } from "vitest";
import { emit } from "./emit.ts";
import { gradients } from "./gradient.ts";
import { jet } from "./jets.ts";
import * as ops from "./ops.ts";
import { createRandom } from "./random.ts";
import { outputOf, Session } from "./session.ts";
import { difference, type Floats, type Probe } from "./testing/finite-differences.ts";
import { differentiable } from "./testing/operators.ts";
import { constant, elementCount, input, type Size, type Tensor } from "./tensor.ts";

/**
 * Directional derivatives against closed forms, and against central differences of the derivative of one order less (in
 * 64-bit floats; in 32-bit floats what onnxruntime has only there). Does not prove anything about points where an operator has no derivative.
 */
async function evaluate(
  inputs: Record<string, Floats>,
  outputs: Record<string, Tensor>,
  all: Tensor[],
) {
  const used = all.filter((tensor) => tensor.kind === "input");
  const session = await Session.open(emit({ name: "test", inputs: used, outputs }));
  const results = await session.run(
    Object.fromEntries(
      Object.entries(inputs).map(([name, data]) => {
        const { shape } = used.find((tensor) => tensor.name === name) as { shape: readonly Size[] };
        const known = shape.map((size) => (typeof size === "number" ? size : -1));
        const rows = data.length / known.reduce((n, size) => (size < 0 ? n : n * size), 1);
        return [name, { data, shape: known.map((size) => (size < 0 ? rows : size)) }];
      }),
    ),
  );
  await session.close();
  return (name: string) => [...outputOf(results, name).data].map(Number);
}

const x = input("x", ["batch"], "float64");
const ahead = constant(Float64Array.of(1), [1]);

describe("derivatives along a line", () => {
  const closed: Record<string, [(x: Tensor) => Tensor, ((x: number) => number)[]]> = {
    exp: [
      (t) => ops.exp(ops.scale(t, 2)),
      [1, 2, 3, 4].map((n) => (v) => 2 ** n * Math.exp(2 * v)),
    ],
    sin: [ops.sin, [Math.cos, (v) => -Math.sin(v), (v) => -Math.cos(v), Math.sin]],
    "a polynomial": [
      (t) => ops.sub(ops.pow(t, 3), ops.square(t)),
      [(v) => 3 * v ** 2 - 2 * v, (v) => 6 * v - 2, () => 6, () => 0],
    ],
    "one over x": [
      (t) => ops.div(ops.exp(ops.scale(t, 0)), t),
      [(v) => -(v ** -2), (v) => 2 * v ** -3, (v) => -6 * v ** -4, (v) => 24 * v ** -5],
    ],
    tanh: [
      ops.tanh,
      [
        (v) => 1 - Math.tanh(v) ** 2,
        (v) => -2 * Math.tanh(v) * (1 - Math.tanh(v) ** 2),
        (v) => (6 * Math.tanh(v) ** 2 - 2) * (1 - Math.tanh(v) ** 2),
        (v) => (16 * Math.tanh(v) - 24 * Math.tanh(v) ** 3) * (1 - Math.tanh(v) ** 2),
      ],
    ],
  };

  it.each(Object.entries(closed))("are the closed forms, of orders 1 to 4: %s", async (_, row) => {
    const [build, expected] = row;
    const derivatives = jet(build(x), x, ahead, 4);
    const outputs = Object.fromEntries(derivatives.map((tensor, n) => [`d${n}`, tensor]));
    const points = [-1.3, -0.2, 0.4, 1.1];
    const result = await evaluate({ x: Float64Array.from(points) }, outputs, [x]);
    expected.forEach((form, n) => {
      const found = result(`d${n + 1}`);
      expect(found).toHaveLength(points.length);
      points.forEach((point, at) => expect(found[at]).toBeCloseTo(form(point), 10));
    });
  });

  it("mix by polarisation, and add up to a Laplacian", async () => {
    const p = input("p", ["batch", 2], "float64");
    const [px, py] = [ops.matmul(p, column(1, 0)), ops.matmul(p, column(0, 1))];
    const u = ops.mul(ops.sin(px), ops.exp(ops.scale(py, 2)));
    const second = (...along: number[]) => jet(u, p, row(...along), 2)[2];
    const [xx, yy, both] = [second(1, 0), second(0, 1), second(1, 1)];
    const xy = ops.scale(ops.sub(both, ops.add(xx, yy)), 0.5);
    const result = await evaluate(
      { p: Float64Array.of(0.3, 0.5) },
      { xy, laplacian: ops.add(xx, yy) },
      [p],
    );
    expect(result("xy")[0]).toBeCloseTo(2 * Math.cos(0.3) * Math.exp(1), 10);
    expect(result("laplacian")[0]).toBeCloseTo(3 * Math.sin(0.3) * Math.exp(1), 10);
  });

  it("give a whole tensor of zeros where there is no change", async () => {
    const [, first, second] = jet(ops.scale(x, 3), x, ahead, 2);
    const outputs = { first, second };
    const result = await evaluate({ x: Float64Array.of(1, 2, 3) }, outputs, [x]);
    expect(result("first")).toEqual([3, 3, 3]);
    expect(result("second")).toEqual([0, 0, 0]);
  });

  it("refuse an order that is none, and an operator without a rule", () => {
    expect(() => jet(x, x, ahead, 0)).toThrow("the order is 0");
    const [first] = ops.split(input("v", [3]), [1, 2]) as [Tensor];
    const v = (first as Tensor & { block: { inputs: [Tensor] } }).block.inputs[0];
    expect(() => jet(first, v, constant(Float32Array.of(1), [1]), 1)).toThrow("Split has no rule");
  });
});

describe("every operator", () => {
  /** It has several results. */
  const left = ["split"];
  const probes = Object.entries(differentiable)
    .filter(([name]) => !left.includes(name))
    .flatMap(([name, ways]) =>
      Object.entries(ways).map(([way, probe]) => [name, way, probe] as const),
    );

  it.each(probes)(
    "has derivatives of orders 1 to 4 along any direction: %s, %s",
    async (...row) => {
      const rounding = row[2].type === "float32" ? 2e-4 : 2e-8;
      for (const error of await lineErrors(row[2])) expect(error).toBeLessThan(rounding);
    },
  );
});

/** For each order, the relative difference to the central difference of the order before. */
async function lineErrors(probe: Probe): Promise<number[]> {
  const { shapes, build, range = [-1, 1], type = "float64" } = probe;
  const random = createRandom(11);
  const size = shapes.reduce((sum, shape) => sum + elementCount(shape), 0);
  const draw = (low: number, high: number) => {
    const values = Array.from({ length: size }, () => low + (high - low) * random.uniform());
    return type === "float64" ? Float64Array.from(values) : Float32Array.from(values);
  };
  const point = input("point", [size], type);
  let start = 0;
  const variables = shapes.map((shape) => {
    start += elementCount(shape);
    return ops.reshape(ops.slice(point, start - elementCount(shape), start), shape);
  });
  const value = build(...(variables as [Tensor, ...Tensor[]]));
  const direction = draw(-0.5, 0.5);
  const orders = jet(value, point, constant(direction, [size]), 4);
  const outputs = Object.fromEntries(orders.map((tensor, n) => [`d${n}`, tensor]));
  const at = draw(...range);
  const step = type === "float64" ? 1e-5 : 1e-2;
  const moved = (by: number) =>
    evaluate({ point: at.map((v, i) => v + by * direction[i]!) }, outputs, [point]);
  const [before, here, after] = await Promise.all([moved(-step), moved(0), moved(step)]);
  return [1, 2, 3, 4].map((n) => {
    const [low, high] = [before(`d${n - 1}`), after(`d${n - 1}`)];
    const errors = here(`d${n}`).map((found, i) => {
      const slope = (high[i]! - low[i]!) / (2 * step);
      return Math.abs(found - slope) / Math.max(1, Math.abs(slope));
    });
    expect(errors).toHaveLength(low.length);
    return errors.every((error) => error >= 0) ? Math.max(...errors) : Number.NaN;
  });
}

describe("reverse mode over derivatives along a line", () => {
  it("gives the gradient of a second-order residual by the parameters", async () => {
    const points = constant(Float64Array.of(0.1, 0.9, -0.4, 0.3, 0.7, -0.8), [3, 2]);
    const [w1, b1, w2] = [
      input("w1", [2, 4], "float64"),
      input("b1", [4], "float64"),
      input("w2", [4, 1], "float64"),
    ];
    const u = ops.matmul(ops.tanh(ops.matmul(points, w1, { plus: b1 })), w2);
    const [, ux, uxx] = jet(u, points, row(1, 0), 2);
    const [, uy] = jet(u, points, row(0, 1), 1);
    const residual = ops.sub(ops.add(uy, ops.mul(u, ux)), ops.scale(uxx, 0.1));
    const loss = ops.mean(ops.square(residual));
    const random = createRandom(5);
    const at = [w1, b1, w2].map(({ shape }) =>
      Float64Array.from({ length: elementCount(shape) }, () => random.normal()),
    );
    expect(await difference(loss, [w1, b1, w2], at)).toBeLessThan(1e-8);
  });

  it("agrees with twice reverse mode", async () => {
    const p = input("p", [3, 2], "float64");
    const w = constant(Float64Array.of(0.3, -1.2, 0.8, 0.5), [2, 2]);
    const u = ops.sum(ops.tanh(ops.matmul(p, w)), [1], true);
    const [, , uxx] = jet(u, p, row(1, 0), 2);
    const [once] = gradients(ops.sum(u), [p]) as [Tensor];
    const [twice] = gradients(ops.sum(ops.slice(once, 0, 1, 1)), [p]) as [Tensor];
    const result = await evaluate(
      { p: Float64Array.of(0.1, 0.9, -0.4, 0.3, 0.7, -0.8) },
      { uxx, reverse: ops.slice(twice, 0, 1, 1) },
      [p],
    );
    result("uxx").forEach((value, i) => expect(value).toBeCloseTo(result("reverse")[i]!, 12));
  });
});

function row(...values: number[]): Tensor {
  return constant(Float64Array.from(values), [1, values.length]);
}

function column(...values: number[]): Tensor {
  return constant(Float64Array.from(values), [values.length, 1]);
}
