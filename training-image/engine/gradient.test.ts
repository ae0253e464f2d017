import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { emit } from "./emit.ts";
import { gradients } from "./gradient.ts";
import { loop } from "./loop.ts";
import * as ops from "./ops.ts";
import { ParameterLayout } from "./parameters.ts";
import { outputOf, Session } from "./session.ts";
import { constant, input, scalar, type Tensor } from "./tensor.ts";

describe("gradients", () => {
  it("add up the ways in which a variable is used", async () => {
    const x = input("x", [2]);
    const [gradient] = gradients(ops.sum(ops.add(ops.mul(x, x), ops.scale(x, 3))), [x]);
    const model = emit({ name: "test", inputs: [x], outputs: { gradient: gradient as Tensor } });
    const session = await Session.open(model);
    const results = await session.run({ x: { data: Float32Array.of(1, -2), shape: [2] } });
    expect([...outputOf(results, "gradient").data]).toEqual([5, -1]);
    await session.close();
  });

  it("are written for nothing but the variables", () => {
    const [x, w] = [input("x", [8, 3]), input("w", [3, 2])];
    const pool = constant(new Float32Array(24), [8, 3]);
    const loss = ops.sum(ops.matmul(ops.add(x, pool), w));
    expect(operators(gradients(loss, [w])[0] as Tensor, [x, w])).toEqual([
      "Add",
      "Reshape",
      "Expand",
      "Gemm",
    ]);
  });

  it("of weights that are used twice are summed inside the matrix product", () => {
    const [x, w] = [input("x", [8, 3]), input("w", [3, 3])];
    const loss = ops.sum(ops.square(ops.matmul(ops.matmul(x, w), w)));
    const [gradient] = gradients(loss, [w]) as [Tensor];
    const written = graphOf(gradient, [x, w]).node;
    expect(
      written.filter(({ opType, input }) => opType === "Gemm" && input.length === 3),
    ).toHaveLength(1);
  });

  it("of a bias are a matrix product with a row of ones", () => {
    const [x, w, b] = [input("x", [8, 3]), input("w", [3, 2]), input("b", [2])];
    const loss = ops.sum(ops.square(ops.matmul(x, w, { plus: b })));
    const [gradient] = gradients(loss, [b]) as [Tensor];
    expect(operators(gradient, [x, w, b])).not.toContain("ReduceSum");
  });

  it("work where the number of rows is open", async () => {
    const [x, w, b] = [input("x", ["batch", 2]), input("w", [2, 2]), input("b", [2])];
    const loss = ops.sum(ops.softmax(ops.matmul(x, w, { plus: b })));
    const shifted = ops.sum(ops.square(ops.add(ops.matmul(x, w), b)));
    const [byX, byB] = gradients(ops.add(loss, shifted), [x, b]) as [Tensor, Tensor];
    const session = await Session.open(
      emit({ name: "test", inputs: [x, w, b], outputs: { byX, byB } }),
    );
    const identity = { data: Float32Array.of(1, 0, 0, 1), shape: [2, 2] };
    const results = await session.run({
      x: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] },
      w: identity,
      b: { data: Float32Array.of(0, 1), shape: [2] },
    });
    // Rows of a softmax add up to 1, so only the squares have a gradient: 2 (x + b).
    const rounded = (name: string) =>
      [...outputOf(results, name).data].map((v) => Math.round(Number(v) * 1e3) / 1e3);
    expect(rounded("byX")).toEqual([2, 6, 6, 10, 10, 14]);
    expect(rounded("byB")).toEqual([18, 30]);
    await session.close();
  });

  it("go through the flat vector of parameters as through its parts", async () => {
    const layout = new ParameterLayout({ a: [2], unused: [1], b: [2, 1] });
    const vector = input("vector", [5]);
    const { a, b } = layout.unpack(vector);
    const [gradient] = gradients(ops.sum(ops.mul(a, ops.reshape(b, [2]))), [vector]) as [Tensor];
    const session = await Session.open(
      emit({ name: "t", inputs: [vector], outputs: { gradient } }),
    );
    const results = await session.run({
      vector: { data: Float32Array.of(1, 2, 3, 4, 5), shape: [5] },
    });
    expect([...outputOf(results, "gradient").data]).toEqual([4, 5, 0, 1, 2]);
    await session.close();
  });

  it("refuse a value that is no scalar, and a variable it does not depend on, or only in steps", () => {
    const [x, y] = [input("x", [2]), input("y", [2])];
    expect(() => gradients(x, [x])).toThrow("must be a scalar, not [2]");
    expect(() => gradients(ops.sum(x), [x, y])).toThrow("does not depend on variable 'y'");
    expect(() => gradients(ops.sum(ops.sign(x)), [x])).toThrow("does not depend on variable 'x'");
  });

  it("refuse an operator that has none", () => {
    const x = input("x", [2]);
    const { state } = loop({
      count: constant(BigInt64Array.of(3n), []),
      size: 3,
      start: { value: ops.sum(x) },
      step: ({ value }) => ({ state: { value: ops.square(value) }, traces: {} }),
    });
    expect(() => gradients(state.value, [x])).toThrow("operator Loop has no gradient");
    const picked = ops.gather(x, ops.argMax(x));
    expect(() => gradients(ops.mul(picked, scalar(2, x)), [x])).not.toThrow();
  });
});

function graphOf(tensor: Tensor, inputs: readonly Tensor[]) {
  const used = inputs.filter((each) => each.kind === "input");
  const bytes = emit({ name: "test", inputs: used, outputs: { gradient: tensor } });
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  if (graph === undefined) throw new Error("no graph was written");
  return graph;
}

function operators(tensor: Tensor, inputs: readonly Tensor[]): string[] {
  return graphOf(tensor, inputs).node.map(({ opType }) => opType);
}
