import { z } from "zod";
import { InputExample } from "../../../../contracts/input-example.ts";
import type { Feature, ModelContract, TensorSpec } from "../../../../contracts/model-contract.ts";
import { takesColumns } from "../../../../contracts/model-contract.ts";
import { InputError, LoadError } from "../errors.ts";
import type { Tensors } from "../model.ts";
import { jsonElements, nestedRows, tensorFromRows } from "../tensors.ts";

/**
 * First row of a release's input example.
 * @throws LoadError where it is not one of what the contract says that the model takes
 */
export function givenExample({ inputs }: ModelContract, text: string): Tensors {
  const refuse = (problem: string) =>
    new LoadError("contract-mismatch", `input example: ${problem}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(`not JSON: ${(error as Error).message}`);
  }
  const parsed = InputExample.safeParse(value);
  if (!parsed.success) throw refuse(z.prettifyError(parsed.error));
  const example = new Map(Object.entries(parsed.data));
  const unknown = [...example.keys()].find((key) => !inputs.some(({ name }) => name === key));
  if (unknown !== undefined) throw refuse(`the contract has no input '${unknown}'`);
  return Object.fromEntries(
    inputs.map((spec) => {
      const rows = example.get(spec.name);
      if (rows === undefined) throw refuse(`input '${spec.name}' is missing`);
      try {
        return [spec.name, tensorFromRows(spec, rows.slice(0, 1), spec.name, 1)];
      } catch (error) {
        if (error instanceof InputError) throw refuse(error.message);
        throw error;
      }
    }),
  );
}

/** Tensors as an input example writes them. */
export function writtenExample(tensors: Tensors): InputExample {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      nestedRows(jsonElements(tensor, name), tensor.dims),
    ]),
  );
}

/**
 * One row of what a contract says that the model takes: the middle of a feature's range and its first category where
 * they are known, else zero and an empty string.
 * @param like gives sizes that the contract leaves open; they are 1 without it
 * @param shift moves real numbers by up to that share of their range, for a row that is another one
 */
export function madeExample(contract: ModelContract, like?: Tensors, shift = 0): Tensors {
  const isTable = takesColumns(contract);
  return Object.fromEntries(
    contract.inputs.map((spec, index) => {
      const shape = like?.[spec.name]?.dims ?? spec.shape.map((size) => Math.abs(size));
      const count = shape.reduce((product, size) => product * size, 1);
      const features = isTable ? contract.features.slice(index, index + 1) : contract.features;
      const values = Array.from({ length: count }, (_unused, place) =>
        // Each by another part, for much of what a row computes looks at differences.
        exampleOf(
          spec,
          count === features.length ? features[place] : undefined,
          (shift * ((place % 5) + 1)) / 5,
        ),
      );
      return [spec.name, tensorFromRows(spec, nestedRows(values, shape), spec.name, 1)];
    }),
  );
}

function exampleOf({ dataType }: TensorSpec, feature: Feature | undefined, shift: number): unknown {
  const [low, high] = feature?.range ?? [shift === 0 ? 0 : -1, shift === 0 ? 0 : 1];
  switch (dataType) {
    case "BOOL":
      return false;
    case "BYTES":
      return feature?.categories?.at(shift === 0 ? 0 : -1) ?? "";
    case "FP16":
    case "FP32":
    case "FP64":
      return (low + high) / 2 + shift * (high - low);
    default:
      return feature?.range === undefined ? 0 : Math.round((low + high) / 2);
  }
}
