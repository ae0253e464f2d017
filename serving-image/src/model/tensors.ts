import { Tensor } from "onnxruntime-node";
import type { TensorSpec } from "../../../contracts/model-contract.ts";
import { type ElementType, elementType, type Scalar, show } from "./elements.ts";
import { InputError, NoFiniteAnswerError, TooManyRowsError } from "./errors.ts";

/**
 * Rows of nested arrays as a tensor, each row of the shape that the contract gives.
 * @throws InputError that names the first element at fault, TooManyRowsError
 */
export function tensorFromRows(
  spec: TensorSpec,
  rows: unknown,
  field: string,
  maxRows: number,
): Tensor {
  const list = listOf(rows, field);
  boundRows(list.length, field, maxRows);
  const shape = sizesOf(spec, list);
  const values: Scalar[] = [];
  collect(list, shape, 0, elementType(spec), field, values);
  return tensorOf(spec, values, shape);
}

/**
 * A tensor as the Open Inference Protocol writes it: a shape, and the elements flat or nested in row-major order.
 * @throws InputError that names the field at fault, TooManyRowsError
 */
export function tensorFromData(
  spec: TensorSpec,
  shape: readonly number[],
  data: unknown,
  field: string,
  maxRows: number,
): Tensor {
  checkShape(spec, shape, `${field}.shape`);
  boundRows(shape[0] ?? 0, `${field}.shape`, maxRows);
  const count = shape.reduce((product, size) => product * size, 1);
  const list = listOf(data, `${field}.data`);
  const values: Scalar[] = [];
  const element = elementType(spec);
  const isNested = Array.isArray(list[0]);
  if (!isNested && list.length !== count) {
    throw new InputError(
      `${field}.data`,
      `has ${list.length} elements, shape [${shape.join(", ")}] has ${count}`,
    );
  }
  collect(list, isNested ? [...shape] : [count], 0, element, `${field}.data`, values);
  return tensorOf(spec, values, [...shape]);
}

/**
 * Elements of an answer in row-major order, as JSON values.
 * @throws NoFiniteAnswerError
 */
export function jsonElements(tensor: Tensor, name: string): unknown[] {
  const { data } = tensor;
  if (tensor.type === "bool") return Array.from(data as Uint8Array, (value) => value !== 0);
  return Array.from(data as Iterable<number | bigint | string>, (value) => {
    if (typeof value === "bigint") {
      const short = Number(value);
      return Number.isSafeInteger(short) ? short : rawJson(value);
    }
    if (typeof value === "number" && !Number.isFinite(value)) throw new NoFiniteAnswerError(name);
    return value;
  });
}

/** Elements in rows: plain for a tensor of one dimension, nested below. */
export function nestedRows(elements: readonly unknown[], shape: readonly number[]): unknown[] {
  const [rows = 0, ...rest] = shape;
  if (rest.length === 0) return [...elements];
  const size = rest.reduce((product, length) => product * length, 1);
  return Array.from({ length: rows }, (_unused, row) =>
    nestedRows(elements.slice(row * size, (row + 1) * size), rest),
  );
}

/** A contract's shape against a real one: -1 stands for any size. */
export function shapeMatches(wanted: readonly number[], shape: readonly number[]): boolean {
  return (
    wanted.length === shape.length &&
    wanted.every((size, index) => size === -1 || size === shape[index])
  );
}

function checkShape(spec: TensorSpec, shape: readonly number[], field: string): void {
  if (!shapeMatches(spec.shape, shape)) {
    throw new InputError(
      field,
      `is [${shape.join(", ")}], '${spec.name}' takes [${spec.shape.join(", ")}]`,
    );
  }
}

/** A contract's shape with its open sizes taken from the first row; whether all rows agree is checked with them. */
function sizesOf(spec: TensorSpec, rows: readonly unknown[]): number[] {
  let first: unknown = rows;
  return spec.shape.map((size) => {
    const length = Array.isArray(first) ? first.length : 0;
    first = Array.isArray(first) ? (first as unknown[])[0] : undefined;
    return size === -1 ? length : size;
  });
}

export function boundRows(rows: number, field: string, maxRows: number): void {
  if (rows === 0) throw new InputError(field, "needs at least one row");
  if (rows > maxRows) throw new TooManyRowsError(field, rows, maxRows);
}

function collect(
  list: readonly unknown[],
  shape: readonly number[],
  depth: number,
  element: ElementType,
  field: string,
  into: Scalar[],
): void {
  const size = shape[depth] ?? 0;
  if (list.length !== size) {
    throw new InputError(field, `has ${list.length} elements, wanted ${size}`);
  }
  const isLast = depth === shape.length - 1;
  for (let index = 0; index < list.length; index++) {
    const value = list[index];
    if (!isLast) {
      const inner = `${field}[${index}]`;
      collect(listOf(value, inner), shape, depth + 1, element, inner, into);
      continue;
    }
    const accepted = element.accept(value);
    if (accepted === undefined) {
      throw new InputError(`${field}[${index}]`, `is ${show(value)}, wanted ${element.wanted}`);
    }
    into.push(accepted);
  }
}

export function tensorOf(spec: TensorSpec, values: Scalar[], shape: number[]): Tensor {
  const element = elementType(spec);
  return new Tensor(element.type, element.make(values), shape);
}

export function listOf(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value)) throw new InputError(field, `is ${show(value)}, wanted a list`);
  return value as unknown[];
}

/** A number too long for a double, written digit by digit. */
function rawJson(value: bigint): unknown {
  return (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(String(value));
}
