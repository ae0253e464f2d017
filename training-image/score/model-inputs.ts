import {
  type DataType,
  type ModelContract,
  takesColumns,
  type TensorSpec,
} from "../../contracts/model-contract.ts";
import type { Row } from "../data/read-table.ts";
import type { Value } from "../engine/session.ts";
import type { Elements } from "../engine/tensor.ts";
import { BadInputError } from "../workloads/errors.ts";

type Scalar = number | string;

const arrays: Partial<Record<DataType, (values: Scalar[]) => Elements>> = {
  FP32: (values) => Float32Array.from(values as number[]),
  FP64: (values) => Float64Array.from(values as number[]),
  INT32: (values) => Int32Array.from(values as number[]),
  INT64: (values) => BigInt64Array.from(values as number[], BigInt),
  BOOL: (values) => Uint8Array.from(values as number[]),
  BYTES: (values) => values as string[],
};

/**
 * What a model is fed for rows of a table, whose columns have the features' names.
 * @param first number of the first row in its table, from 1, for errors
 * @throws BadInputError that names row and column of what does not fit
 */
export function modelInputs(
  contract: ModelContract,
  rows: readonly Row[],
  first: number,
): Record<string, Value> {
  const { inputs, features } = contract;
  const [input, ...others] = inputs;
  const names = features.map(({ name }) => name);
  const isColumns =
    takesColumns(contract) ||
    inputs.every(({ name, shape }) => names.includes(name) && width(shape) === 1);
  if (isColumns && (others.length > 0 || names.length === 1)) {
    return Object.fromEntries(
      inputs.map((spec) => {
        const values = rows.map((row, index) => cell(spec, row, spec.name, first + index));
        return [spec.name, valueOf(spec, values, rows.length)];
      }),
    );
  }
  if (input === undefined || others.length > 0 || width(input.shape) !== names.length) {
    throw new BadInputError(
      `the model takes no table: its inputs are ${inputs.map(({ name }) => name).join(", ")}`,
    );
  }
  const values = rows.flatMap((row, index) =>
    names.map((name) => cell(input, row, name, first + index)),
  );
  return { [input.name]: valueOf(input, values, rows.length) };
}

function cell(spec: TensorSpec, row: Row, column: string, number: number): Scalar {
  const value = row[column];
  const isText = spec.dataType === "BYTES";
  if (value === undefined && !Object.hasOwn(row, column)) {
    throw new BadInputError(`data: row ${number} has no column '${column}'`);
  }
  const isReal = spec.dataType === "FP32" || spec.dataType === "FP64";
  if (value === null || value === undefined || value === "") {
    if (spec.nullable === true && (isText || isReal)) return isText ? "" : Number.NaN;
    throw new BadInputError(`data: row ${number}: column '${column}' is missing`);
  }
  if (isText) return String(value);
  const parsed = Number(value);
  const isRight = isReal ? Number.isFinite(parsed) : Number.isSafeInteger(parsed);
  if (!isRight || typeof value === "object") {
    const wanted = isReal ? "a number" : "a whole number";
    const shown = JSON.stringify(value)?.slice(0, 40);
    throw new BadInputError(
      `data: row ${number}: column '${column}' is ${shown}, wanted ${wanted}`,
    );
  }
  return parsed;
}

function valueOf(spec: TensorSpec, values: Scalar[], rows: number): Value {
  const make = arrays[spec.dataType];
  if (make === undefined) {
    throw new BadInputError(`input '${spec.name}' is ${spec.dataType}: no table has that`);
  }
  const shape = spec.shape.length === 1 ? [rows] : [rows, values.length / rows];
  return { data: make(values), shape };
}

/** Values of one row; undefined where a row is no list of values. */
function width(shape: readonly number[]): number | undefined {
  if (shape.length === 1) return 1;
  return shape.length === 2 ? shape[1] : undefined;
}
