import { describe, expect, it } from "vitest";
import { emit } from "../emit.ts";
import { outputOf, Session } from "../session.ts";
import { input, scalar, type Tensor, vector } from "../tensor.ts";
import {
  and,
  argMax,
  cast,
  equal,
  fillMissing,
  greater,
  isNaN,
  less,
  not,
  oneHot,
  or,
  sign,
  where,
} from "../ops.ts";

/** Runs expressions over one column of numbers, any number of them. */
async function evaluate(values: number[], of: (x: Tensor) => Record<string, Tensor>) {
  const x = input("x", ["batch"]);
  const session = await Session.open(emit({ name: "test", inputs: [x], outputs: of(x) }));
  const results = await session.run({
    x: { data: Float32Array.from(values), shape: [values.length] },
  });
  await session.close();
  return (name: string) => [...outputOf(results, name).data].map(Number);
}

describe("preprocessing inside a graph", () => {
  it("fills missing numbers, and tells where they were", async () => {
    const result = await evaluate([1, Number.NaN, 3], (x) => ({
      filled: fillMissing(x, scalar(7, x)),
      missing: cast(isNaN(x), "float32"),
    }));
    expect(result("filled")).toEqual([1, 7, 3]);
    expect(result("missing")).toEqual([0, 1, 0]);
  });

  it("turns categories into columns, and one that was never seen, or is missing, into zeros", async () => {
    const result = await evaluate([2, 5, 9, Number.NaN], (x) => ({ columns: oneHot(x, [2, 5]) }));
    expect(result("columns")).toEqual([1, 0, 0, 1, 0, 0, 0, 0]);
  });

  it("turns words into columns as well", async () => {
    const x = input("x", ["batch"], "string");
    const outputs = { columns: oneHot(x, ["red", "white"]) };
    const session = await Session.open(emit({ name: "test", inputs: [x], outputs }));
    const results = await session.run({ x: { data: ["white", "rose", "red"], shape: [3] } });
    await session.close();
    expect([...outputOf(results, "columns").data].map(Number)).toEqual([0, 1, 0, 0, 1, 0]);
  });

  it("compares, and joins comparisons", async () => {
    const result = await evaluate([-1, 0, 1, 2], (x) => {
      const [above, below] = [greater(x, scalar(0, x)), less(x, scalar(2, x))];
      const numbers = { both: and(above, below), either: or(above, below), neither: not(above) };
      const entries = Object.entries({ ...numbers, equal: equal(x, scalar(1, x)) });
      return Object.fromEntries(entries.map(([name, is]) => [name, cast(is, "int64")]));
    });
    expect(result("both")).toEqual([0, 0, 1, 0]);
    expect(result("either")).toEqual([1, 1, 1, 1]);
    expect(result("neither")).toEqual([1, 1, 0, 0]);
    expect(result("equal")).toEqual([0, 0, 1, 0]);
  });

  it("chooses by a comparison, by sign and by size", async () => {
    const result = await evaluate([-3, 0, 4], (x) => ({
      capped: where(greater(x, scalar(1, x)), scalar(1, x), x),
      sign: sign(x),
      label: argMax(oneHot(x, [0, 4])),
      known: cast(vector([1, 2], "int32"), "float64"),
    }));
    expect(result("capped")).toEqual([-3, 0, 1]);
    expect(result("sign")).toEqual([-1, 0, 1]);
    expect(result("label")).toEqual([0, 0, 1]);
    expect(result("known")).toEqual([1, 2]);
  });
});
