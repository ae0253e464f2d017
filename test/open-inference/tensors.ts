import { Failed } from "./clause.ts";

/** An element of a tensor. 64-bit integers are always bigint. */
export type Element = number | bigint | string | boolean;

/** A tensor with its elements flat, in row-major order. */
export interface Tensor {
  name: string;
  datatype: string;
  shape: readonly number[];
  elements: readonly Element[];
}

interface DataType {
  /** Bytes of an element; 0 where it varies. */
  size: number;
  read(view: DataView, at: number): Element;
  write(view: DataView, at: number, value: Element): void;
  /** Whether a JSON value can be an element of it. */
  isElement(value: unknown): boolean;
  /** Some values that every such tensor can hold. */
  samples: readonly Element[];
}

const isInteger = (value: unknown) => Number.isInteger(value);
const isNumber = (value: unknown) => typeof value === "number";
const whole = (size: number, kind: "Uint" | "Int"): DataType => {
  // The one of 8 bits has no byte order to be told, and ignores it.
  const suffix = `${kind}${size * 8}` as "Uint16";
  return {
    size,
    read: (view, at) => view[`get${suffix}`](at, true),
    write: (view, at, value) => view[`set${suffix}`](at, Number(value), true),
    isElement: isInteger,
    samples: [1, 2, 3],
  };
};
const long = (kind: "BigUint64" | "BigInt64"): DataType => ({
  size: 8,
  read: (view, at) => view[`get${kind}`](at, true),
  write: (view, at, value) => view[`set${kind}`](at, BigInt(value as bigint), true),
  isElement: isInteger,
  samples: [1n, 2n, 3n],
});
const floating = (size: number, kind: "Float16" | "Float32" | "Float64"): DataType => ({
  size,
  read: (view, at) => view[`get${kind}`](at, true),
  write: (view, at, value) => view[`set${kind}`](at, Number(value), true),
  isElement: isNumber,
  // Exact in every one of the formats.
  samples: [0.5, 0.25, 0.75, 1],
});

/** The specification's table of data types. */
const dataTypes: Readonly<Record<string, DataType>> = {
  BOOL: {
    size: 1,
    read: (view, at) => view.getUint8(at) !== 0,
    write: (view, at, value) => view.setUint8(at, value === true ? 1 : 0),
    isElement: (value) => typeof value === "boolean",
    samples: [true, false],
  },
  UINT8: whole(1, "Uint"),
  UINT16: whole(2, "Uint"),
  UINT32: whole(4, "Uint"),
  UINT64: long("BigUint64"),
  INT8: whole(1, "Int"),
  INT16: whole(2, "Int"),
  INT32: whole(4, "Int"),
  INT64: long("BigInt64"),
  FP16: floating(2, "Float16"),
  FP32: floating(4, "Float32"),
  FP64: floating(8, "Float64"),
  BYTES: {
    size: 0,
    read: () => "",
    write: () => {},
    isElement: (value) => typeof value === "string",
    samples: ["a", "b", "c"],
  },
};

export const dataTypeNames = Object.keys(dataTypes);

/** @throws Failed for a name that the specification does not have */
export function dataType(name: string): DataType {
  const found = Object.hasOwn(dataTypes, name) ? dataTypes[name] : undefined;
  if (found === undefined) throw new Failed(`'${name}' is no data type of the specification`);
  return found;
}

/** Number of elements of a shape. */
export function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** JSON of a request in which 64-bit integers keep all their digits. */
export function toJson(value: unknown): string {
  const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === "bigint" ? rawJSON(String(one)) : one,
  );
}

/** Elements as nested lists, the tensor's natural form. */
export function nested(elements: readonly Element[], shape: readonly number[]): unknown[] {
  const [length = 0, ...rest] = shape;
  if (rest.length === 0) return [...elements];
  const size = count(rest);
  return Array.from({ length }, (_unused, index) =>
    nested(elements.slice(index * size, (index + 1) * size), rest),
  );
}

/** The bytes of a tensor by the binary extension: little-endian, no padding; BYTES each behind its length. */
export function encode({ datatype, elements }: Tensor): Uint8Array {
  if (datatype === "BYTES") {
    const parts = elements.flatMap((element) => {
      const text = new TextEncoder().encode(String(element));
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, text.length, true);
      return [length, text];
    });
    return concatenate(parts);
  }
  const type = dataType(datatype);
  const bytes = new Uint8Array(elements.length * type.size);
  const view = new DataView(bytes.buffer);
  elements.forEach((element, index) => type.write(view, index * type.size, element));
  return bytes;
}

/** The elements that some bytes hold. @throws Failed where they are not a whole number of elements */
export function decode(datatype: string, bytes: Uint8Array): Element[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (datatype === "BYTES") return decodeTexts(bytes, view);
  const type = dataType(datatype);
  if (bytes.length % type.size !== 0) {
    throw new Failed(`${bytes.length} bytes are not a whole number of ${datatype}`);
  }
  const length = bytes.length / type.size;
  return Array.from({ length }, (_unused, index) => type.read(view, index * type.size));
}

function decodeTexts(bytes: Uint8Array, view: DataView): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 <= bytes.length ? at + 4 + view.getUint32(at, true) : Infinity;
    if (end > bytes.length) throw new Failed("an element of BYTES goes beyond its tensor");
    texts.push(new TextDecoder().decode(bytes.subarray(at + 4, end)));
    at = end;
  }
  return texts;
}

/** Byte strings in one. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Whether two tensors hold the same, floating numbers to a relative 1e-5: two runs need not round alike. */
export function isSame(a: Tensor, b: Tensor): boolean {
  return (
    a.datatype === b.datatype &&
    toJson(a.shape) === toJson(b.shape) &&
    a.elements.length === b.elements.length &&
    a.elements.every((one, index) => isSameElement(one, b.elements[index], a.datatype))
  );
}

function isSameElement(a: Element, b: Element | undefined, datatype: string): boolean {
  if (!datatype.startsWith("FP")) return String(a) === String(b);
  const [x, y] = [Number(a), Number(b)];
  return Object.is(x, y) || Math.abs(x - y) <= 1e-5 * Math.max(1, Math.abs(x));
}
