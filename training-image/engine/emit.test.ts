import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { emit } from "./emit.ts";
import { add, argMax, cast, equal, matmul, mul, reshape, scale, softmax, sub, sum } from "./ops.ts";
import { outputOf, Session } from "./session.ts";
import { broadcast, constant, input } from "./tensor.ts";

describe("emit", () => {
  it("writes a shared expression once, and nothing that no output needs", () => {
    const x = input("x", [2]);
    const shared = mul(x, x);
    add(x, x);
    const bytes = emit({ name: "test", inputs: [x], outputs: { y: add(shared, shared) } });
    const { graph } = fromBinary(ModelProtoSchema, bytes);
    expect(graph!.node.map(({ opType }) => opType)).toEqual(["Mul", "Add"]);
  });

  it("writes what is computed twice, and a constant that is given twice, once", () => {
    const x = input("x", [2]);
    const outputs = { y: add(scale(x, 3), scale(x, 3)), z: scale(x, 3) };
    const { graph } = fromBinary(ModelProtoSchema, emit({ name: "test", inputs: [x], outputs }));
    expect(graph!.node.map(({ opType }) => opType)).toEqual(["Mul", "Add", "Identity"]);
    expect(graph!.initializer).toHaveLength(1);
  });

  it("writes nodes in the order in which they were made, whatever their places in an expression", () => {
    const x = input("x", [2]);
    const [first, second, third] = [add(x, x), mul(x, x), sub(x, scale(x, 2))];
    const y = add(third, mul(second, first));
    const { graph } = fromBinary(
      ModelProtoSchema,
      emit({ name: "test", inputs: [x], outputs: { y } }),
    );
    const made = ["Add", "Mul", "Mul", "Sub", "Mul", "Add"];
    expect(graph!.node.map(({ opType }) => opType)).toEqual(made);
  });

  it("declares an operator set between 17 and 21, and the names and shapes of inputs and outputs", () => {
    const x = input("features", ["batch", 3]);
    const p = softmax(x);
    const bytes = emit({ name: "test", inputs: [x], outputs: { label: argMax(p), p } });
    const { opsetImport, graph } = fromBinary(ModelProtoSchema, bytes);
    expect(opsetImport).toHaveLength(1);
    expect(Number(opsetImport[0]!.version)).toBeGreaterThanOrEqual(17);
    expect(Number(opsetImport[0]!.version)).toBeLessThanOrEqual(21);
    expect(graph!.input.map(({ name }) => name)).toEqual(["features"]);
    expect(graph!.output.map(({ name }) => name)).toEqual(["label", "p"]);
  });

  it("runs with any number of rows where the batch is open", async () => {
    const x = input("x", ["batch", 2]);
    const weights = constant(Float32Array.of(1, 2, 3, 4), [2, 2]);
    const session = await Session.open(
      emit({ name: "test", inputs: [x], outputs: { y: matmul(x, weights) } }),
    );
    for (const rows of [1, 3]) {
      const data = new Float32Array(2 * rows).fill(1);
      const { shape, data: y } = outputOf(
        await session.run({ x: { data, shape: [rows, 2] } }),
        "y",
      );
      expect(shape).toEqual([rows, 2]);
      expect([...y].slice(0, 2)).toEqual([4, 6]);
    }
    await session.close();
  });

  it("compares strings, so that raw categories are encoded in the graph", async () => {
    const x = input("x", ["batch"], "string");
    const known = constant(["no", "yes", "été"], [1, 3]);
    const codes = cast(equal(reshape(x, ["batch", 1]), known), "float32");
    const session = await Session.open(emit({ name: "test", inputs: [x], outputs: { codes } }));
    const data = ["été", "no", "", "yes "];
    const { data: found } = outputOf(await session.run({ x: { data, shape: [4] } }), "codes");
    expect([...found]).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    await session.close();
  });

  it("gives one tensor under two names, and an input as an output", async () => {
    const x = input("x", [1]);
    const y = scale(x, 2);
    const session = await Session.open(
      emit({ name: "test", inputs: [x], outputs: { first: y, second: y, same: x } }),
    );
    const results = await session.run({ x: { data: Float32Array.of(4), shape: [1] } });
    const values = ["first", "second", "same"].map((name) => outputOf(results, name).data[0]);
    expect(values).toEqual([8, 8, 4]);
    await session.close();
  });

  it("refuses an expression over an input that is not listed, and a name that is used twice", () => {
    const [x, y] = [input("x", [1]), input("y", [1])];
    expect(() => emit({ name: "t", inputs: [x], outputs: { z: add(x, y) } })).toThrow("'y' is not");
    expect(() => emit({ name: "t", inputs: [x], outputs: { x: sum(x) } })).toThrow("used twice");
  });
});

describe("shapes", () => {
  it("broadcast as in ONNX, and those that do not go together are refused", () => {
    expect(broadcast([2, 3], [3])).toEqual([2, 3]);
    expect(broadcast(["batch", 3], [1, 3])).toEqual(["batch", 3]);
    expect(broadcast([], [4])).toEqual([4]);
    expect(() => sub(input("x", [2, 3]), input("y", [2]))).toThrow("do not broadcast");
    expect(() => matmul(input("x", [2, 3]), input("y", [2, 3]))).toThrow("inner sizes 3 and 2");
    expect(() => constant(Float32Array.of(1, 2), [3])).toThrow("has 2 elements");
  });
});
