import { type Clause, Skipped } from "../clause.ts";
import { type Target } from "../target.ts";
import { concatenate, type Tensor, toJson } from "../tensors.ts";
import { type BinaryRequest, binaryRequest, needsExtension, sendBinary } from "./binary.ts";
import { clientFault } from "./client-fault.ts";

interface Wrong {
  request: BinaryRequest;
  /** What the header says in place of the truth. */
  length?: string;
}

const fault = (
  id: string,
  title: string,
  wrong: (inputs: readonly [Tensor, ...Tensor[]], target: Target) => Wrong,
): Clause => ({
  id: `binary-tensor-data-error/${id}`,
  level: "expected",
  title: `${title} is refused with 4xx and an error`,
  async check(target) {
    await needsExtension(target);
    const { request, length } = wrong(await target.inputs(), target);
    clientFault(await sendBinary(target, request, length), title);
  },
});

/** A request whose first input has other parameters, its other fields too where they are given. */
const firstInput = (
  inputs: readonly Tensor[],
  change: (size: number) => Record<string, unknown>,
): BinaryRequest => {
  const request = binaryRequest(inputs);
  const body = JSON.parse(new TextDecoder().decode(request.json)) as {
    inputs: { parameters: { binary_data_size: number } }[];
  };
  const size = body.inputs[0]!.parameters.binary_data_size;
  Object.assign(body.inputs[0]!, change(size));
  return { ...request, json: new TextEncoder().encode(toJson(body)) };
};
const sized = (inputs: readonly Tensor[], size: (size: number) => unknown): BinaryRequest =>
  firstInput(inputs, (one) => ({ parameters: { binary_data_size: size(one) } }));

/** Wrong sizes and lengths of the binary tensor data extension. */
export const binaryErrors: readonly Clause[] = [
  fault("header-beyond", "a header length beyond the body", (inputs) => {
    const request = binaryRequest(inputs);
    return { request, length: String(request.json.length + request.tail.length + 1) };
  }),
  fault("header-short", "a header length that cuts the JSON", (inputs) => {
    const request = binaryRequest(inputs);
    return { request, length: String(request.json.length - 1) };
  }),
  fault("header-zero", "a header length of 0", (inputs) => {
    return { request: binaryRequest(inputs), length: "0" };
  }),
  fault("header-negative", "a negative header length", (inputs) => {
    return { request: binaryRequest(inputs), length: "-1" };
  }),
  fault("header-text", "a header length that is no number", (inputs) => {
    return { request: binaryRequest(inputs), length: "long" };
  }),
  fault("size-short", "a size smaller than the tensor", (inputs) => ({
    request: sized(inputs, (size) => size - 1),
  })),
  fault("size-long", "a size larger than the tensor", (inputs) => {
    const { json, tail } = sized(inputs, (size) => size + 1);
    return { request: { json, tail: concatenate([tail, new Uint8Array(1)]) } };
  }),
  fault("size-beyond", "a size beyond the body", (inputs) => ({
    request: sized(inputs, () => 2 ** 31),
  })),
  fault("size-negative", "a negative size", (inputs) => ({
    request: sized(inputs, () => -4),
  })),
  fault("size-fraction", "a size that is not whole", (inputs) => ({
    request: sized(inputs, (size) => size + 0.5),
  })),
  fault("size-text", "a size that is no number", (inputs) => ({
    request: sized(inputs, (size) => `${size} bytes`),
  })),
  fault("tail-short", "a body that ends too early", (inputs) => {
    const { json, tail } = binaryRequest(inputs);
    return { request: { json, tail: tail.subarray(0, -1) } };
  }),
  fault("tail-long", "bytes that belong to no input", (inputs) => {
    const { json, tail } = binaryRequest(inputs);
    return { request: { json, tail: concatenate([tail, new Uint8Array(3)]) } };
  }),
  fault("data-twice", "data in JSON and as bytes", (inputs) => ({
    request: firstInput(inputs, () => ({ data: inputs[0].elements })),
  })),
  fault("bytes-length", "an element of BYTES beyond its tensor", (inputs) => {
    if (!inputs.some(({ datatype }) => datatype === "BYTES")) {
      throw new Skipped("the model takes no BYTES");
    }
    const request = binaryRequest(inputs);
    const { tail } = request;
    let at = 0;
    for (const input of inputs) {
      const { length } = binaryRequest([input]).tail;
      if (input.datatype === "BYTES") new DataView(tail.buffer).setUint32(at, 2 ** 30, true);
      at += length;
    }
    return { request };
  }),
];
