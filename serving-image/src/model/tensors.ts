import { Tensor } from "onnxruntime-node";
import type { DataType, TensorSpec } from "../../../contracts/model-contract.ts";
import { InputError, NoFiniteAnswerError, TooManyRowsError } from "./errors.ts";

/** What can be an element of a tensor in JSON. */
type Scalar = number | bigint | string | boolean;

interface ElementType {
  /** The runtime's own name. */
  type: Tensor.Type;
  /** @returns undefined where the value is not one of this type */
  accept: (value: unknown) => Scalar | undefined;
  wanted: string;
  make: (values: Scalar[]) => Tensor.DataType;
}

const integers = (type: Tensor.Type, low: number, high: number, make: ElementType["make"]) => ({
  type,
  accept: (value: unknown) =>
    Number.isInteger(value) && (value as number) >= low && (value as number) <= high
      ? (value as number)
      : undefined,
  wanted: `a whole number from ${low} to ${high}`,
  make,
});
const longs = (type: "int64" | "uint64", low: number): ElementType => ({
  type,
  // Beyond 2^53 a JSON number has already lost its last digits.
  accept: (value) =>
    Number.isSafeInteger(value) && (value as number) >= low ? BigInt(value as number) : undefined,
  wanted: `a whole number from ${low} to 2^53 - 1`,
  make: (values) =>
    type === "int64"
      ? BigInt64Array.from(values as bigint[])
      : BigUint64Array.from(values as bigint[]),
});

const elementTypes: Partial<Record<DataType, ElementType>> = {
  BOOL: {
    type: "bool",
    accept: (value) => (typeof value === "boolean" ? value : undefined),
    wanted: "true or false",
    make: (values) => Uint8Array.from(values as unknown as number[]),
  },
  UINT8: integers("uint8", 0, 255, (values) => Uint8Array.from(values as number[])),
  UINT16: integers("uint16", 0, 65535, (values) => Uint16Array.from(values as number[])),
  UINT32: integers("uint32", 0, 2 ** 32 - 1, (values) => Uint32Array.from(values as number[])),
  UINT64: longs("uint64", 0),
  INT8: integers("int8", -128, 127, (values) => Int8Array.from(values as number[])),
  INT16: integers("int16", -32768, 32767, (values) => Int16Array.from(values as number[])),
  INT32: integers("int32", -(2 ** 31), 2 ** 31 - 1, (values) =>
    Int32Array.from(values as number[]),
  ),
  INT64: longs("int64", -Number.MAX_SAFE_INTEGER),
  FP32: {
    type: "float32",
    accept: (value) =>
      typeof value === "number" && Number.isFinite(Math.fround(value)) ? value : undefined,
    wanted: "a finite 32-bit number",
    make: (values) => Float32Array.from(values as number[]),
  },
  FP64: {
    type: "float64",
    accept: (value) => (typeof value === "number" && Number.isFinite(value) ? value : undefined),
    wanted: "a finite number",
    make: (values) => Float64Array.from(values as number[]),
  },
  BYTES: {
    type: "string",
    accept: (value) => (typeof value === "string" ? value : undefined),
    wanted: "a string",
    make: (values) => values as string[],
  },
};

/** The runtime's name of an element type, or undefined where this server does not serve it (FP16). */
export function runtimeType(dataType: DataType): Tensor.Type | undefined {
  return elementTypes[dataType]?.type;
}

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

function boundRows(rows: number, field: string, maxRows: number): void {
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

function tensorOf(spec: TensorSpec, values: Scalar[], shape: number[]): Tensor {
  const element = elementType(spec);
  return new Tensor(element.type, element.make(values), shape);
}

function elementType(spec: TensorSpec): ElementType {
  const element = elementTypes[spec.dataType];
  if (element === undefined) throw new InputError(spec.name, `${spec.dataType} is not served`);
  return element;
}

function listOf(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value)) throw new InputError(field, `is ${show(value)}, wanted a list`);
  return value as unknown[];
}

/** A value in few words, so that an answer never repeats a whole request. */
function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(value)?.slice(0, 40) ?? typeof value;
}

/** A number too long for a double, written digit by digit. */
function rawJson(value: bigint): unknown {
  return (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(String(value));
}
