import { describe, expect, it } from "vitest";
import type { ModelContract, TensorSpec } from "../../contracts/model-contract.ts";
import { modelInputs } from "./model-inputs.ts";

const contract = (inputs: TensorSpec[], names: string[]): ModelContract => ({
  schema: "isotherm.dev/model-contract/v1",
  model: "m",
  task: "regression",
  inputs,
  outputs: [{ name: "y", dataType: "FP32", shape: [-1] }],
  features: names.map((name) => ({ name })),
  predictions: "y",
});
const matrix = contract([{ name: "x", dataType: "FP32", shape: [-1, 2] }], ["a", "b"]);
const columns = contract(
  [
    { name: "plan", dataType: "BYTES", shape: [-1], nullable: true },
    { name: "charge", dataType: "FP32", shape: [-1], nullable: true },
    { name: "calls", dataType: "INT64", shape: [-1] },
  ],
  ["plan", "charge", "calls"],
);

describe("modelInputs", () => {
  it("gathers columns by name into one tensor, whatever their order and whatever else there is", () => {
    const rows = [
      { b: "2", a: "1", other: "x" },
      { a: 3, b: 4.5 },
    ];
    expect(modelInputs(matrix, rows, 1)).toEqual({
      x: { data: Float32Array.of(1, 2, 3, 4.5), shape: [2, 2] },
    });
  });

  it("feeds each column of its own type; what is missing is NaN or an empty text where that is allowed", () => {
    const rows = [
      { plan: "gold", charge: "9.5", calls: "3" },
      { plan: null, charge: "", calls: 0 },
    ];
    expect(modelInputs(columns, rows, 1)).toEqual({
      plan: { data: ["gold", ""], shape: [2] },
      charge: { data: Float32Array.of(9.5, Number.NaN), shape: [2] },
      calls: { data: BigInt64Array.of(3n, 0n), shape: [2] },
    });
  });

  it("feeds columns of shape [-1, 1], as scikit-learn's converter makes them", () => {
    const spec = { dataType: "FP32", shape: [-1, 1] } as const;
    const pair = contract(
      ["a", "b"].map((name) => ({ ...spec, name, shape: [...spec.shape] })),
      ["a", "b"],
    );
    expect(modelInputs(pair, [{ a: 1, b: 2 }], 1)).toEqual({
      a: { data: Float32Array.of(1), shape: [1, 1] },
      b: { data: Float32Array.of(2), shape: [1, 1] },
    });
  });

  it.each([
    ["a missing number where none may be", matrix, { a: "", b: 1 }, "row 8: column 'a' is missing"],
    ["a missing column", matrix, { a: 1 }, "row 8 has no column 'b'"],
    ["text", matrix, { a: "1,5", b: 1 }, `row 8: column 'a' is "1,5", wanted a number`],
    ["infinity", matrix, { a: "Infinity", b: 1 }, "column 'a' is \"Infinity\", wanted a number"],
    ["a list", matrix, { a: [1], b: 1 }, "column 'a' is [1], wanted a number"],
    [
      "half a call",
      columns,
      { plan: "x", charge: 1, calls: 0.5 },
      "'calls' is 0.5, wanted a whole",
    ],
  ] as const)("refuses %s, and names row and column", (_, model, row, message) => {
    expect(() => modelInputs(model, [row], 8)).toThrow(message);
  });

  it("refuses a model that takes no table", () => {
    const image = contract([{ name: "x", dataType: "FP32", shape: [-1, 3, 8, 8] }], ["a"]);
    expect(() => modelInputs(image, [{ a: 1 }], 1)).toThrow(
      "the model takes no table: its inputs are x",
    );
    const half = contract([{ name: "x", dataType: "FP16", shape: [-1, 1] }], ["a"]);
    expect(() => modelInputs(half, [{ a: 1 }], 1)).toThrow(/FP16/);
  });
});
