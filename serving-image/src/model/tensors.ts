import type { Tensor } from "onnxruntime-node";
import type { TensorSpec } from "../../../contracts/model-contract.ts";
import { elementsOf, elementType, runtimeTensor, show, tensorElements } from "./elements.ts";
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
  return tensorFromNested(spec, list, sizesOf(spec, list), field);
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
  checkShape(spec, shape, `${field}.shape`, maxRows);
  const place = `${field}.data`;
  const list = listOf(data, place);
  if (Array.isArray(list[0])) return tensorFromNested(spec, list, shape, place);
  const count = elementCount(shape);
  if (list.length !== count) {
    const wanted = `shape [${shape.join(", ")}] has ${count}`;
    throw new InputError(place, `has ${list.length} elements, ${wanted}`);
  }
  return tensorOf(spec, list, shape, (index) => `${place}[${index}]`);
}

/**
 * Elements of an answer in row-major order, as JSON values.
 * @throws NoFiniteAnswerError
 */
export function jsonElements(tensor: Tensor, name: string): unknown[] {
  const data: ArrayLike<number | bigint | string> = tensorElements(tensor);
  const elements = new Array<unknown>(data.length);
  for (let index = 0; index < data.length; index++) {
    const value = data[index];
    if (typeof value === "number") {
      if (!Number.isFinite(value)) throw new NoFiniteAnswerError(name);
      elements[index] = tensor.type === "bool" ? value !== 0 : value;
    } else elements[index] = typeof value === "bigint" ? jsonInteger(value) : value;
  }
  return elements;
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

/**
 * A shape that somebody sent, against the contract's.
 * @throws InputError, TooManyRowsError
 */
export function checkShape(
  spec: TensorSpec,
  shape: readonly number[],
  field: string,
  maxRows: number,
): void {
  if (!shapeMatches(spec.shape, shape)) {
    throw new InputError(
      field,
      `is [${shape.join(", ")}], '${spec.name}' takes [${spec.shape.join(", ")}]`,
    );
  }
  boundRows(shape[0] ?? 0, field, maxRows);
}

/** How many elements a shape has. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
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

/** Values one after the other as a tensor. @throws InputError */
export function tensorOf(
  spec: TensorSpec,
  values: readonly unknown[],
  shape: readonly number[],
  placeOf: (index: number) => string,
): Tensor {
  const element = elementType(spec);
  return runtimeTensor(element.type, elementsOf(element, values, placeOf), shape);
}

function tensorFromNested(
  spec: TensorSpec,
  list: readonly unknown[],
  shape: readonly number[],
  field: string,
): Tensor {
  const values: unknown[] = [];
  flatten(list, shape, 0, field, values);
  return tensorOf(spec, values, shape, (index) => placeIn(shape, index, field));
}

/** Gathers the elements of nested lists, each list as long as its axis. Takes no room that the sender did not fill. */
function flatten(
  list: readonly unknown[],
  shape: readonly number[],
  axis: number,
  field: string,
  into: unknown[],
): void {
  const size = shape[axis] ?? 0;
  if (list.length !== size) {
    throw new InputError(field, `has ${list.length} elements, wanted ${size}`);
  }
  for (let index = 0; index < size; index++) {
    const value = list[index];
    if (axis === shape.length - 1) into.push(value);
    else {
      const inner = `${field}[${index}]`;
      flatten(listOf(value, inner), shape, axis + 1, inner, into);
    }
  }
}

/** `field[row][column]` of an element by its index in row-major order. */
function placeIn(shape: readonly number[], index: number, field: string): string {
  const indices: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `${field}${indices.map((one) => `[${one}]`).join("")}`;
}

export function listOf(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value)) throw new InputError(field, `is ${show(value)}, wanted a list`);
  return value as unknown[];
}

/** A whole number of 64 bits in JSON; where a double cannot hold it, digit by digit. */
function jsonInteger(value: bigint): unknown {
  const short = Number(value);
  if (Number.isSafeInteger(short)) return short;
  return (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(String(value));
}
