import { expect, it } from "vitest";
import { canonicalJson } from "../../../../contracts/canonical.ts";
import { DataType } from "../../../../contracts/model-contract.ts";
import { toyContract } from "../../../testing/toy-release.ts";
import { givenExample, madeExample, writtenExample } from "./example.ts";

it.each(DataType.options)("a row of %s that was made is taken as it is written", (dataType) => {
  const contract = {
    ...toyContract,
    inputs: [{ name: "x", dataType, shape: [-1, 2, -1] }],
    features: [{ name: "a", range: [-1.5, 4] as [number, number] }, { name: "b" }],
  };
  const made = madeExample(contract);
  const taken = givenExample(contract, canonicalJson(writtenExample(made)));
  expect(taken["x"]!.dims).toEqual([1, 2, 1]);
  expect(taken["x"]!.type).toBe(made["x"]!.type);
  expect([...(taken["x"]!.data as Iterable<unknown>)]).toEqual([
    ...(made["x"]!.data as Iterable<unknown>),
  ]);
});

it("an unlike row has the sizes of the one that it is unlike", () => {
  const contract = { ...toyContract, inputs: [{ ...toyContract.inputs[0]!, shape: [-1, -1] }] };
  const given = givenExample(contract, '{"features": [[1, 2, 3, 4], [5, 6, 7, 8]]}');
  const other = madeExample(contract, given, 0.25);
  expect([given, other].map(({ features }) => features!.dims)).toEqual([
    [1, 4],
    [1, 4],
  ]);
  expect(other["features"]!.data).not.toEqual(given["features"]!.data);
});
