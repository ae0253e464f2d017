import type { Tensor } from "onnxruntime-node";
import type { TensorSpec } from "../../../contracts/model-contract.ts";
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
  const names = specs.map(({ name }) => name);
  const { values, placeOf } = tableOf(names, rows, field, maxRows);
  return Object.fromEntries(
    specs.map((spec, column) => {
      const cells = values.map((row) => cellOf(row[column], spec));
      const shape = [cells.length, ...spec.shape.slice(1)];
      return [spec.name, tensorOf(spec, cells, shape, (row) => placeOf(row, column))];
    }),
  );
}

/**
 * The same for a model that takes all columns in one tensor, [rows, columns].
 * @param names of the columns in the tensor's order
 * @throws InputError that names the first element at fault, TooManyRowsError
 */
export function tensorFromTable(
  spec: TensorSpec,
  names: readonly string[],
  rows: unknown,
  field: string,
  maxRows: number,
): Tensor {
  const { values, placeOf } = tableOf(names, rows, field, maxRows);
  const width = names.length;
  return tensorOf(
    spec,
    values.flat().map((value) => cellOf(value, spec)),
    [values.length, width],
    (index) => placeOf(Math.floor(index / width), index % width),
  );
}

interface Table {
  /** By row and column; undefined where an object has no such key. */
  values: unknown[][];
  placeOf: (row: number, column: number) => string;
}

function tableOf(names: readonly string[], rows: unknown, field: string, maxRows: number): Table {
  const list = listOf(rows, field);
  boundRows(list.length, field, maxRows);
  const values = list.map((row, index) =>
    isObject(row)
      ? byName(row, names, `${field}[${index}]`)
      : inOrder(row, names, `${field}[${index}]`),
  );
  const placeOf = (row: number, column: number) =>
    `${field}[${row}]${isObject(list[row]) ? `.${names[column]}` : `[${column}]`}`;
  return { values, placeOf };
}

function byName(row: object, names: readonly string[], field: string): unknown[] {
  const unknown = Object.keys(row).find((key) => !names.includes(key));
  if (unknown !== undefined) {
    throw new InputError(field, `has '${unknown.slice(0, 64)}', which the model does not take`);
  }
  const named = new Map<string, unknown>(Object.entries(row));
  return names.map((name) => named.get(name));
}

function inOrder(row: unknown, names: readonly string[], field: string): unknown[] {
  const list = listOf(row, field);
  if (list.length === names.length) return list;
  throw new InputError(field, `has ${list.length} elements, wanted ${names.length}`);
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function cellOf(value: unknown, { nullable }: TensorSpec): unknown {
  return value === undefined && nullable === true ? null : value;
}
