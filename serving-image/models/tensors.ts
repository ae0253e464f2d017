import * as ort from "onnxruntime-node";
import type { DataType, TensorSpec } from "../../contracts/model-contract.ts";
import { badRequest } from "../errors.ts";

/** A value of a tensor as JSON carries it. */
export type Scalar = number | bigint | boolean | string;

interface Kind {
  /** onnxruntime's name of the type. */
  name: ort.Tensor.Type;
  make: (values: readonly Scalar[]) => ort.Tensor.DataType;
  /** Why a JSON value is not of this type, or undefined. */
  fault: (value: unknown) => string | undefined;
}

const float32Max = 3.4028234663852886e38;

function floatKind(name: "float32" | "float64", limit: number): Kind {
  return {
    name,
    make: (values) => {
      const numbers = values as number[];
      return name === "float32" ? Float32Array.from(numbers) : Float64Array.from(numbers);
    },
    fault: (value) => {
      if (typeof value !== "number") return "is not a number";
      if (!Number.isFinite(value) || Math.abs(value) > limit) return `does not fit ${name}`;
      return undefined;
    },
  };
}

function integerKind(
  name: "int8" | "int16" | "int32" | "uint8" | "uint16" | "uint32",
  array: { from(values: number[]): ort.Tensor.DataType },
  min: number,
  max: number,
): Kind {
  return {
    name,
    make: (values) => array.from(values as number[]),
    fault: (value) => {
      if (typeof value !== "number" || !Number.isInteger(value)) return "is not a whole number";
      return value < min || value > max ? `does not fit ${name}` : undefined;
    },
  };
}

function bigKind(name: "int64" | "uint64"): Kind {
  return {
    name,
    make: (values) => {
      const big = values.map((value) => BigInt(value));
      return name === "int64" ? BigInt64Array.from(big) : BigUint64Array.from(big);
    },
    fault: (value) => {
      // Beyond this JSON numbers are no longer the number that was written.
      if (typeof value !== "number" || !Number.isSafeInteger(value))
        return "is not a safe whole number";
      return name === "uint64" && value < 0 ? `does not fit ${name}` : undefined;
    },
  };
}

const kinds: Partial<Record<DataType, Kind>> = {
  FP32: floatKind("float32", float32Max),
  FP64: floatKind("float64", Number.MAX_VALUE),
  INT8: integerKind("int8", Int8Array, -(2 ** 7), 2 ** 7 - 1),
  INT16: integerKind("int16", Int16Array, -(2 ** 15), 2 ** 15 - 1),
  INT32: integerKind("int32", Int32Array, -(2 ** 31), 2 ** 31 - 1),
  UINT8: integerKind("uint8", Uint8Array, 0, 2 ** 8 - 1),
  UINT16: integerKind("uint16", Uint16Array, 0, 2 ** 16 - 1),
  UINT32: integerKind("uint32", Uint32Array, 0, 2 ** 32 - 1),
  INT64: bigKind("int64"),
  UINT64: bigKind("uint64"),
  BOOL: {
    name: "bool",
    make: (values) => Uint8Array.from(values.map(Number)),
    fault: (value) => (typeof value === "boolean" ? undefined : "is not true or false"),
  },
  BYTES: {
    name: "string",
    make: (values) => values.map(String),
    fault: (value) => (typeof value === "string" ? undefined : "is not a text"),
  },
};

/** The contract's name of a type of onnxruntime, or undefined where contracts have none. */
export function dataTypeOf(name: string): DataType | undefined {
  return (Object.keys(kinds) as DataType[]).find((type) => kinds[type]?.name === name);
}

/**
 * Makes a tensor of flat values in row-major order.
 * @param where how the client named the place: `inputs[0].data`
 * @throws RequestError where a value is not of the tensor's type
 */
export function makeTensor(
  spec: TensorSpec,
  values: readonly unknown[],
  shape: readonly number[],
  where: string,
): ort.Tensor {
  const kind = kinds[spec.dataType];
  if (kind === undefined) throw badRequest(`${where}: type ${spec.dataType} has no JSON form`);
  for (let index = 0; index < values.length; index++) {
    const fault = kind.fault(values[index]);
    if (fault !== undefined)
      throw badRequest(`${where}[${index}]: ${shown(values[index])} ${fault}`);
  }
  return new ort.Tensor(kind.name, kind.make(values as Scalar[]) as never, [...shape]);
}

/** Flat values of a tensor as JSON can carry them; a number that is not finite becomes null. */
export function tensorValues(tensor: ort.Tensor): (number | boolean | string | null)[] {
  const data = tensor.data as Iterable<Scalar>;
  if (tensor.type === "bool") return Array.from(data, (value) => value === 1);
  return Array.from(data, (value) => {
    if (typeof value === "bigint") return Number(value);
    return typeof value === "number" && !Number.isFinite(value) ? null : value;
  });
}

/** Cuts flat values into rows. */
export function toRows<T>(values: readonly T[], rows: number): T[][] {
  const width = values.length / rows;
  return Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width));
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
