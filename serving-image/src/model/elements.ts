import { Tensor } from "onnxruntime-node";
import type { DataType, TensorSpec } from "../../../contracts/model-contract.ts";
import { InputError } from "./errors.ts";

/** What can be an element of a tensor in JSON; integers beyond 2^53 are bigints. */
export type Scalar = number | bigint | string | boolean;

/** Elements of a tensor in memory: one array of its own type, or strings. */
export type Elements =
  | Float16Array
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | string[];

export interface ElementType {
  /** The runtime's own name. */
  type: Tensor.Type;
  /** @returns undefined where the value is not one of this type */
  accept: (value: unknown) => Scalar | undefined;
  wanted: string;
  /** Room for so many elements; each is then given what `accept` returned. */
  allocate: (count: number) => Elements;
  /** Bytes of one element; undefined where they differ. */
  bytes: number | undefined;
  /** What stands for a missing element; undefined where none can. */
  missing?: Scalar;
}

const integers = (
  type: Tensor.Type,
  bytes: number,
  low: number,
  high: number,
  allocate: ElementType["allocate"],
): ElementType => ({
  type,
  bytes,
  accept: (value: unknown) =>
    Number.isInteger(value) && (value as number) >= low && (value as number) <= high
      ? (value as number)
      : undefined,
  wanted: `a whole number from ${low} to ${high}`,
  allocate,
});
const longs = (
  type: "int64" | "uint64",
  low: bigint,
  high: bigint,
  allocate: ElementType["allocate"],
): ElementType => ({
  type,
  bytes: 8,
  // Beyond 2^53 a JSON number has already lost its last digits, unless it was read as a bigint.
  accept: (value) => {
    const long = Number.isSafeInteger(value) ? BigInt(value as number) : value;
    return typeof long === "bigint" && long >= low && long <= high ? long : undefined;
  },
  wanted: `a whole number from ${low} to ${high}`,
  allocate,
});
const isFinite = (value: unknown, round: (value: number) => number): value is number =>
  typeof value === "number" && Number.isFinite(round(value));

const elementTypes: Record<DataType, ElementType> = {
  BOOL: {
    type: "bool",
    bytes: 1,
    accept: (value) => (typeof value === "boolean" ? value : undefined),
    wanted: "true or false",
    allocate: (count) => new Uint8Array(count),
  },
  UINT8: integers("uint8", 1, 0, 255, (count) => new Uint8Array(count)),
  UINT16: integers("uint16", 2, 0, 65535, (count) => new Uint16Array(count)),
  UINT32: integers("uint32", 4, 0, 2 ** 32 - 1, (count) => new Uint32Array(count)),
  UINT64: longs("uint64", 0n, 2n ** 64n - 1n, (count) => new BigUint64Array(count)),
  INT8: integers("int8", 1, -128, 127, (count) => new Int8Array(count)),
  INT16: integers("int16", 2, -32768, 32767, (count) => new Int16Array(count)),
  INT32: integers("int32", 4, -(2 ** 31), 2 ** 31 - 1, (count) => new Int32Array(count)),
  INT64: longs("int64", -(2n ** 63n), 2n ** 63n - 1n, (count) => new BigInt64Array(count)),
  FP16: {
    type: "float16",
    bytes: 2,
    accept: (value) => (isFinite(value, Math.f16round) ? value : undefined),
    wanted: "a finite 16-bit number",
    allocate: (count) => new Float16Array(count),
    missing: Number.NaN,
  },
  FP32: {
    type: "float32",
    bytes: 4,
    accept: (value) => (isFinite(value, Math.fround) ? value : undefined),
    wanted: "a finite 32-bit number",
    allocate: (count) => new Float32Array(count),
    missing: Number.NaN,
  },
  FP64: {
    type: "float64",
    bytes: 8,
    accept: (value) => (isFinite(value, (same) => same) ? value : undefined),
    wanted: "a finite number",
    allocate: (count) => new Float64Array(count),
    missing: Number.NaN,
  },
  BYTES: {
    type: "string",
    bytes: undefined,
    // The runtime's strings end at the first U+0000: what stands behind it would be lost.
    accept: (value) => (typeof value === "string" && !value.includes("\0") ? value : undefined),
    wanted: "a string without U+0000",
    allocate: (count) => Array<string>(count).fill(""),
    missing: "",
  },
};

/** The runtime's name of an element type. */
export function runtimeType(dataType: DataType): Tensor.Type {
  return elementTypes[dataType].type;
}

/** How elements of a tensor are read; missing ones too, where its contract lets them be missing. */
export function elementType(spec: TensorSpec): ElementType {
  const element = elementTypes[spec.dataType];
  const { accept, missing, wanted } = element;
  if (spec.nullable !== true || missing === undefined) return element;
  return {
    ...element,
    accept: (value) => (value === null ? missing : accept(value)),
    wanted: `${wanted}, or null`,
  };
}

/**
 * JSON values as elements of a tensor, each checked.
 * @param placeOf where the value of that index stood, for the message
 * @throws InputError that names the first value at fault
 */
export function elementsOf(
  { accept, allocate, wanted }: ElementType,
  values: readonly unknown[],
  placeOf: (index: number) => string,
): Elements {
  const elements = allocate(values.length) as Scalar[];
  for (let index = 0; index < values.length; index++) {
    const accepted = accept(values[index]);
    if (accepted === undefined) {
      throw new InputError(placeOf(index), `is ${show(values[index])}, wanted ${wanted}`);
    }
    elements[index] = accepted;
  }
  return elements as Elements;
}

/** Index of the first number that is NaN or infinite; -1 where there is none. */
export function firstNotFinite(numbers: Float16Array | Float32Array | Float64Array): number {
  const { length } = numbers;
  for (let index = 0; index < length; index++) {
    const value = numbers[index] as number;
    // Zero for finite numbers alone; calls of `Number.isFinite` by a callback take several times as long.
    if (value - value !== 0) return index;
  }
  return -1;
}

/**
 * A tensor for the runtime.
 * @param elements of half precision as numbers or as their bits
 */
export function runtimeTensor(
  type: Tensor.Type,
  elements: Elements,
  shape: readonly number[],
): Tensor {
  if (type !== "float16") return new Tensor(type, elements as Tensor.DataType, shape);
  const { buffer, byteOffset, length } = elements as Float16Array | Uint16Array;
  const bits = new Uint16Array(buffer, byteOffset, length);
  // The runtime's library wants a Float16Array in its tensors, and its native part does not know one.
  return Object.assign(new Tensor(type, bits, shape), { cpuData: bits });
}

/** Elements of a runtime's tensor; those of half precision as numbers. */
export function tensorElements({ type, data }: Tensor): Elements {
  return type === "float16" && data instanceof Uint16Array
    ? new Float16Array(data.buffer as ArrayBuffer, data.byteOffset, data.length)
    : (data as Elements);
}

/** A value in few words, so that an answer never repeats a whole request. */
export function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "bigint") return String(value).slice(0, 40);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(value)?.slice(0, 40) ?? typeof value;
}
