import type { Feature, ModelContract, TensorSpec } from "../../../../contracts/model-contract.ts";
import { takesColumns } from "../../../../contracts/model-contract.ts";
import type { Tensors } from "../model.ts";
import { nestedRows, tensorFromRows } from "../tensors.ts";

/**
 * One row of what a contract says that the model takes: the middle of a feature's range and its first category where
 * they are known, else zero and an empty string.
 * @param shift moves real numbers by up to that share of their range, for a row that is another one
 * @returns tensors of one row; sizes that the contract leaves open are 1
 */
export function exampleRow(contract: ModelContract, shift = 0): Tensors {
  const isTable = takesColumns(contract);
  return Object.fromEntries(
    contract.inputs.map((spec, index) => {
      const shape = spec.shape.map((size) => Math.abs(size));
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
