import type { Tensor } from "onnxruntime-node";
import type { DataType, TensorSpec } from "../../../contracts/model-contract.ts";
import { InputError } from "./errors.ts";

/** What can be an element of a tensor in JSON. */
export type Scalar = number | bigint | string | boolean;

export interface ElementType {
  /** The runtime's own name. */
  type: Tensor.Type;
  /** @returns undefined where the value is not one of this type */
  accept: (value: unknown) => Scalar | undefined;
  wanted: string;
  make: (values: Scalar[]) => Tensor.DataType;
  /** What stands for a missing element; undefined where none can. */
  missing?: Scalar;
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
    missing: Number.NaN,
  },
  FP64: {
    type: "float64",
    accept: (value) => (typeof value === "number" && Number.isFinite(value) ? value : undefined),
    wanted: "a finite number",
    make: (values) => Float64Array.from(values as number[]),
    missing: Number.NaN,
  },
  BYTES: {
    type: "string",
    accept: (value) => (typeof value === "string" ? value : undefined),
    wanted: "a string",
    make: (values) => values as string[],
    missing: "",
  },
};

/** The runtime's name of an element type, or undefined where this server does not serve it (FP16). */
export function runtimeType(dataType: DataType): Tensor.Type | undefined {
  return elementTypes[dataType]?.type;
}

/** How elements of a tensor are read; missing ones too, where its contract lets them be missing. @throws InputError */
export function elementType(spec: TensorSpec): ElementType {
  const element = elementTypes[spec.dataType];
  if (element === undefined) throw new InputError(spec.name, `${spec.dataType} is not served`);
  const { accept, missing, wanted } = element;
  if (spec.nullable !== true || missing === undefined) return element;
  return {
    ...element,
    accept: (value) => (value === null ? missing : accept(value)),
    wanted: `${wanted}, or null`,
  };
}

/** A value in few words, so that an answer never repeats a whole request. */
export function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(value)?.slice(0, 40) ?? typeof value;
}
