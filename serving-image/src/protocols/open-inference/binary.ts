import { isUtf8 } from "node:buffer";
import type { Tensor } from "onnxruntime-node";
import type { TensorSpec } from "../../../../contracts/model-contract.ts";
import {
  type Elements,
  elementsOf,
  elementType,
  firstNotFinite,
  runtimeTensor,
  tensorElements,
} from "../../model/elements.ts";
import { InputError, NoFiniteAnswerError } from "../../model/errors.ts";
import { elementCount } from "../../model/tensors.ts";

type Numbers = Exclude<Elements, string[]>;

/**
 * A tensor from its bytes: elements in row-major order, little-endian; BOOL a byte of 0 or 1 each; BYTES a length of
 * four bytes and then UTF-8, each. Values are held to what JSON may say: no infinity, NaN only where the contract lets
 * elements be missing.
 * @throws InputError that names the field
 */
export function tensorFromBytes(
  spec: TensorSpec,
  shape: readonly number[],
  bytes: Buffer,
  field: string,
): Tensor {
  const element = elementType(spec);
  const { type, bytes: width, allocate } = element;
  const count = elementCount(shape);
  if (width === undefined) {
    const strings = stringsFrom(bytes, count, field);
    const elements = elementsOf(element, strings, (index) => `${field}: element ${index}`);
    return runtimeTensor(type, elements, shape);
  }
  if (bytes.length !== count * width) {
    const wanted = `shape [${shape.join(", ")}] of ${spec.dataType} has ${count * width}`;
    throw new InputError(field, `has ${bytes.length} bytes, ${wanted}`);
  }
  const elements = allocate(count) as Numbers;
  // Every platform of ours is little-endian. A copy, as an element must lie at a multiple of its size.
  new Uint8Array(elements.buffer).set(bytes);
  checkNumbers(spec, elements, field);
  return runtimeTensor(type, elements, shape);
}

/**
 * The bytes of an answer's tensor, in the same form.
 * @throws NoFiniteAnswerError
 */
export function bytesOf(tensor: Tensor, name: string): Uint8Array {
  if (tensor.type === "string") {
    return Buffer.concat(
      (tensor.data as string[]).flatMap((text) => {
        const bytes = Buffer.from(text, "utf8");
        const length = Buffer.alloc(4);
        length.writeUInt32LE(bytes.length);
        return [length, bytes];
      }),
    );
  }
  const data = tensorElements(tensor) as Numbers;
  if (tensor.type.startsWith("float") && firstNotFinite(data as Float64Array) >= 0) {
    throw new NoFiniteAnswerError(name);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function stringsFrom(bytes: Buffer, count: number, field: string): string[] {
  const strings: string[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (strings.length === count) break;
    if (offset + 4 > bytes.length) throw cutShort(field, strings.length);
    const begin = offset + 4;
    offset = begin + bytes.readUInt32LE(offset);
    if (offset > bytes.length) throw cutShort(field, strings.length);
    const text = bytes.subarray(begin, offset);
    if (!isUtf8(text)) throw new InputError(field, `element ${strings.length} is not UTF-8`);
    // As in JSON: the runtime's strings end there.
    if (text.includes(0)) throw new InputError(field, `element ${strings.length} has U+0000`);
    strings.push(text.toString("utf8"));
  }
  if (strings.length === count && offset === bytes.length) return strings;
  const held = strings.length < count ? `${strings.length} elements` : "bytes behind its elements";
  throw new InputError(field, `has ${held}, the shape has ${count}`);
}

function cutShort(field: string, index: number): InputError {
  return new InputError(field, `element ${index} is cut short`);
}

function checkNumbers(spec: TensorSpec, elements: Numbers, field: string): void {
  if (spec.dataType === "BOOL") {
    const index = (elements as Uint8Array).findIndex((value) => value > 1);
    if (index >= 0) throw new InputError(field, `element ${index} is neither 0 nor 1`);
  } else if (spec.dataType.startsWith("FP")) {
    const floats = elements as Float64Array;
    const index =
      spec.nullable === true
        ? floats.findIndex((value) => Math.abs(value) === Infinity)
        : firstNotFinite(floats);
    if (index >= 0) throw new InputError(field, `element ${index} is not finite`);
  }
}
