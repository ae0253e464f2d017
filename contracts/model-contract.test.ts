import { expect, test } from "vitest";
import { ModelContract, takesColumns } from "./model-contract.ts";

const contract = {
  schema: "isotherm.dev/model-contract/v1",
  model: "wine",
  task: "classification",
  inputs: [{ name: "features", dataType: "FP32", shape: [-1, 2] }],
  outputs: [{ name: "label", dataType: "INT64", shape: [-1] }],
  features: [
    { name: "alcohol", range: [11, 15] },
    { name: "ash", unit: "g" },
  ],
  classes: ["a", "b"],
  predictions: "label",
};

test("U-13 features keep the names and the order they were written in", () => {
  expect(ModelContract.parse(contract).features.map(({ name }) => name)).toEqual([
    "alcohol",
    "ash",
  ]);
});

test.each([
  ["an unknown element type", { inputs: [{ name: "x", dataType: "FLOAT", shape: [-1] }] }],
  ["a dimension of 0", { inputs: [{ name: "x", dataType: "FP32", shape: [-1, 0] }] }],
  ["no feature", { features: [] }],
  ["a single class", { classes: ["a"] }],
  ["a key nobody knows", { labels: [] }],
  ["a name that no URL takes", { model: "Wine!" }],
])("a contract with %s is refused", (_, change) => {
  expect(ModelContract.safeParse({ ...contract, ...change }).success).toBe(false);
});

test("a model takes columns where it has an input a feature, of its name and in its place", () => {
  const columns = ["alcohol", "ash"].map((name) => ({ name, dataType: "FP32", shape: [-1] }));
  const of = (inputs: object[]) => takesColumns(ModelContract.parse({ ...contract, inputs }));
  expect(of(columns)).toBe(true);
  expect(of(contract.inputs)).toBe(false);
  expect(of(columns.toReversed())).toBe(false);
  // As scikit-learn's converter makes them.
  expect(of(columns.map((column) => ({ ...column, shape: [-1, 1] })))).toBe(true);
  expect(of(columns.map((column) => ({ ...column, shape: [-1, 2] })))).toBe(false);
  const single = { inputs: columns.slice(0, 1), features: [{ name: "alcohol" }] };
  expect(takesColumns(ModelContract.parse({ ...contract, ...single }))).toBe(false);
});
