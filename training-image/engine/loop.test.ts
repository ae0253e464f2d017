import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { emit } from "./emit.ts";
import { loop } from "./loop.ts";
import { add, cast, mul, scale, square } from "./ops.ts";
import { outputOf, Session } from "./session.ts";
import { constant, input, scalar, type Tensor, zeros } from "./tensor.ts";

const times = (count: number) => constant(BigInt64Array.of(BigInt(count)), []);
const x = input("x", []);

async function evaluate(outputs: Record<string, Tensor>, value: number) {
  const session = await Session.open(emit({ name: "test", inputs: [x], outputs }));
  const results = await session.run({ x: { data: Float32Array.of(value), shape: [] } });
  await session.close();
  return (name: string) => [...outputOf(results, name).data];
}

describe("loop", () => {
  it("hands its state on, keeps traces, and counts from 0", async () => {
    const { state, traces } = loop({
      count: times(4),
      size: 4,
      start: { total: scalar(0, x) },
      step({ total }, iteration) {
        const next = add(total, mul(x, cast(iteration, "float32")));
        return { state: { total: next }, traces: { before: total } };
      },
    });
    const result = await evaluate({ total: state.total, before: traces.before }, 2);
    expect(result("total")).toEqual([12]);
    expect(result("before")).toEqual([0, 0, 2, 6]);
  });

  it("runs within another one, and both use what is outside", async () => {
    const { state } = loop({
      count: times(3),
      size: 3,
      start: { sum: scalar(0, x) },
      step({ sum }, outer) {
        const factor = add(x, cast(outer, "float32"));
        const inner = loop({
          count: times(2),
          size: 2,
          start: { sum },
          step: (state) => ({ state: { sum: add(state.sum, factor) }, traces: {} }),
        });
        return { state: inner.state, traces: {} };
      },
    });
    expect((await evaluate({ sum: state.sum }, 10))("sum")).toEqual([66]);
  });

  it("computes what is the same in every step once, before it", () => {
    const { state } = loop({
      count: times(3),
      size: 3,
      start: { value: scalar(1, x) },
      step: ({ value }) => ({ state: { value: add(value, square(scale(x, 2))) }, traces: {} }),
    });
    const bytes = emit({ name: "test", inputs: [x], outputs: { value: state.value } });
    const { node } = fromBinary(ModelProtoSchema, bytes).graph!;
    expect(node.map(({ opType }) => opType)).toEqual(["Mul", "Mul", "Loop", "Identity"]);
    const body = node[2]!.attribute[0]!.g!;
    expect(body.node.map(({ opType }) => opType)).toEqual(["Add", "Identity"]);
  });

  it("refuses a state that changes its shape", () => {
    const step = () => ({ state: { value: zeros([2]) }, traces: {} });
    expect(() => loop({ count: times(3), size: 3, start: { value: x }, step })).toThrow(
      "'value' becomes [2], but started as []",
    );
  });
});
