import { expect, it } from "vitest";
import type { TensorSpec } from "../../../contracts/model-contract.ts";
import { columnsFromRows } from "./columns.ts";

it("X-01 makes columns of the shape that the contract gives them, as lists or as matrices of one column", () => {
  const specs: TensorSpec[] = [
    { name: "age", dataType: "INT64", shape: [-1] },
    { name: "plan", dataType: "BYTES", shape: [-1, 1] },
  ];
  const { age, plan } = columnsFromRows(specs, [[3, "a"], { plan: "b", age: 4 }], "rows", 9);
  expect([age!.dims, [...(age!.data as BigInt64Array)]]).toEqual([[2], [3n, 4n]]);
  expect([plan!.dims, plan!.data]).toEqual([
    [2, 1],
    ["a", "b"],
  ]);
  expect(() => columnsFromRows(specs, [{ age: 4 }], "rows", 9)).toThrow("is missing");
});
