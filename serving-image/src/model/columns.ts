import type { Tensor } from "onnxruntime-node";
import type { TensorSpec } from "../../../contracts/model-contract.ts";
import { elementType, type Scalar, show } from "./elements.ts";
import { InputError } from "./errors.ts";
import { boundRows, listOf, tensorOf } from "./tensors.ts";

/**
 * Rows of a table as one tensor a column. A row is a list of values in the columns' order, or an object by their names,
 * in which a missing value may be left out.
 * @throws InputError that names the first element at fault, TooManyRowsError
 */
export function columnsFromRows(
  specs: readonly TensorSpec[],
  rows: unknown,
  field: string,
  maxRows: number,
): Record<string, Tensor> {
  const list = listOf(rows, field);
  boundRows(list.length, field, maxRows);
  const columns = specs.map((spec) => ({
    spec,
    element: elementType(spec),
    values: [] as Scalar[],
  }));
  list.forEach((row, index) => {
    const cells = cellsOf(row, specs, `${field}[${index}]`);
    columns.forEach(({ element, values }, column) => {
      const { place, value } = cells[column] as Cell;
      const accepted = element.accept(value);
      if (accepted === undefined) {
        throw new InputError(place, `is ${show(value)}, wanted ${element.wanted}`);
      }
      values.push(accepted);
    });
  });
  return Object.fromEntries(
    columns.map(({ spec, values }) => {
      const shape = [list.length, ...spec.shape.slice(1)];
      return [spec.name, tensorOf(spec, values, shape)];
    }),
  );
}

interface Cell {
  place: string;
  value: unknown;
}

function cellsOf(row: unknown, specs: readonly TensorSpec[], field: string): Cell[] {
  if (typeof row === "object" && row !== null && !Array.isArray(row)) {
    const unknown = Object.keys(row).find((key) => !specs.some(({ name }) => name === key));
    if (unknown !== undefined) {
      throw new InputError(field, `has '${unknown.slice(0, 64)}', which the model does not take`);
    }
    const named = new Map<string, unknown>(Object.entries(row));
    return specs.map(({ name, nullable }) => ({
      place: `${field}.${name}`,
      value: named.get(name) ?? (nullable === true ? null : named.get(name)),
    }));
  }
  const list = listOf(row, field);
  if (list.length !== specs.length) {
    throw new InputError(field, `has ${list.length} elements, wanted ${specs.length}`);
  }
  return list.map((value, column) => ({ place: `${field}[${column}]`, value }));
}
