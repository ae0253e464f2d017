import { isUtf8 } from "node:buffer";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Tensor } from "onnxruntime-node";
import { tensorElements } from "../model/elements.ts";
import { InputError } from "../model/errors.ts";
import type { ServedModel, Tensors } from "../model/model.ts";
import { bytesOf } from "../protocols/open-inference/binary.ts";
import { TensorBytes } from "../protocols/open-inference/body-parts.ts";
import { type InferQuestion, inferQuestion } from "../protocols/open-inference/infer.ts";
import type { InferBody } from "../protocols/open-inference/schema.ts";
import { schemaOf } from "./descriptor.ts";
import type { InferTensor, InferTensorContents, Messages } from "./messages.ts";

type Request = Messages["ModelInferRequest"];
type Response = Messages["ModelInferResponse"];

const responseSchema = schemaOf("ModelInferResponse");

/** Which list of a tensor's contents holds the elements of a type; half precision has none. */
const listOfType: Readonly<Record<string, keyof InferTensorContents>> = {
  BOOL: "boolContents",
  INT8: "intContents",
  INT16: "intContents",
  INT32: "intContents",
  INT64: "int64Contents",
  UINT8: "uintContents",
  UINT16: "uintContents",
  UINT32: "uintContents",
  UINT64: "uint64Contents",
  FP32: "fp32Contents",
  FP64: "fp64Contents",
  BYTES: "bytesContents",
};
const lists = [...new Set(Object.values(listOfType))];

/**
 * A request over gRPC, checked as its like over HTTP is.
 * @throws InputError, TooManyRowsError
 */
export function grpcQuestion(request: Request, model: ServedModel, maxRows: number): InferQuestion {
  const raw = request.rawInputContents;
  const isRaw = raw.length > 0;
  if (isRaw && raw.length !== request.inputs.length) {
    const problem = `has ${raw.length} tensors, there are ${request.inputs.length} inputs`;
    throw new InputError("raw_input_contents", problem);
  }
  if (request.inputs.length === 0) throw new InputError("inputs", "needs at least one");
  const body: InferBody = {
    id: request.id === "" ? undefined : request.id,
    parameters: { binary_data_output: isRaw || answersHalfPrecision(request, model) },
    inputs: request.inputs.map((input, index) => {
      const { name, datatype } = input;
      const shape = input.shape.map((size) => sizeOf(size, `inputs[${index}].shape`));
      if (!isRaw) return { name, datatype, shape, data: dataOf(input, model, `inputs[${index}]`) };
      if (input.contents !== undefined) {
        const problem = "is given beside raw_input_contents; give one of the two";
        throw new InputError(`inputs[${index}].contents`, problem);
      }
      const size = raw[index]?.length ?? 0;
      return { name, datatype, shape, parameters: { binary_data_size: size } };
    }),
    outputs: request.outputs.map(({ name }) => ({ name })),
  };
  return inferQuestion(body, new TensorBytes(Buffer.concat(raw)), model, maxRows);
}

/** The answer, raw where the request was raw. @throws NoFiniteAnswerError */
export function grpcAnswer(
  question: InferQuestion,
  outputs: Tensors,
  model: ServedModel,
): Response {
  const { lineage } = model;
  const raw: Uint8Array[] = [];
  const tensors = question.outputs.map((name) => {
    const tensor = outputs[name];
    if (tensor === undefined) throw new Error(`the graph gave no '${name}'`);
    const datatype = model.output(name)?.dataType ?? "";
    const bytes = bytesOf(tensor, name);
    const about = { name, datatype, shape: tensor.dims.map(BigInt), parameters: {} };
    if (!question.binary.has(name)) return { ...about, contents: contentsOf(tensor, datatype) };
    raw.push(bytes);
    return about;
  });
  const text = (value: string) => ({
    parameterChoice: { case: "stringParam" as const, value },
  });
  return create(responseSchema, {
    modelName: lineage.name,
    modelVersion: lineage.version,
    id: question.id ?? "",
    parameters: { release: text(lineage.release), data_version: text(lineage.dataVersion) },
    outputs: tensors,
    rawOutputContents: raw,
  } as MessageInitShape<typeof responseSchema>);
}

function answersHalfPrecision({ outputs }: Request, model: ServedModel): boolean {
  return model.contract.outputs.some(
    ({ name, dataType }) =>
      dataType === "FP16" && (outputs.length === 0 || outputs.some((one) => one.name === name)),
  );
}

function sizeOf(size: bigint, field: string): number {
  if (size >= 0n && size <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(size);
  throw new InputError(field, `has the size ${size}`);
}

/** Elements as JSON would have them, so that the same checks see them. */
function dataOf({ name, datatype, contents }: InferTensor, model: ServedModel, field: string) {
  const list = listOfType[datatype];
  const spec = model.input(name);
  if (list === undefined || contents === undefined || datatype !== spec?.dataType) return undefined;
  const other = lists.find((one) => one !== list && contents[one].length > 0);
  if (other !== undefined) {
    throw new InputError(`${field}.contents`, `${datatype} does not stand in ${other}`);
  }
  if (list === "bytesContents") {
    return contents.bytesContents.map((bytes, index) => {
      if (isUtf8(bytes)) return Buffer.from(bytes).toString("utf8");
      throw new InputError(`${field}.contents`, `element ${index} is not UTF-8`);
    });
  }
  if (spec.nullable !== true) return contents[list];
  return (contents[list] as unknown[]).map((value) => (Number.isNaN(value) ? null : value));
}

function contentsOf(tensor: Tensor, datatype: string): Partial<InferTensorContents> {
  const list = listOfType[datatype];
  if (list === undefined) return {};
  const elements = Array.from(tensorElements(tensor) as ArrayLike<unknown>);
  if (list === "bytesContents") {
    return { bytesContents: elements.map((text) => Buffer.from(text as string, "utf8")) };
  }
  return { [list]: datatype === "BOOL" ? elements.map((value) => value !== 0) : elements };
}
