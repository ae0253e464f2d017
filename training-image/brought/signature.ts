import { fromBinary } from "@bufbuild/protobuf";
import { type ModelProto, ModelProtoSchema, type ValueInfoProto } from "onnx-buf";
import type { DataType, ModelContract, TensorSpec } from "../../contracts/model-contract.ts";
import { BadInputError } from "../workloads/errors.ts";

/** What an ONNX file says about itself. */
export interface Signature {
  /** Name and version of what wrote it, such as "skl2onnx 1.20.0". */
  producer: string;
  inputs: TensorSpec[];
  outputs: TensorSpec[];
}

/** By the numbers of onnx.proto's TensorProto.DataType. */
const dataTypes: Readonly<Record<number, DataType>> = {
  1: "FP32",
  2: "UINT8",
  3: "INT8",
  4: "UINT16",
  5: "INT16",
  6: "INT32",
  7: "INT64",
  8: "BYTES",
  9: "BOOL",
  10: "FP16",
  11: "FP64",
  12: "UINT32",
  13: "UINT64",
};

/** @throws BadInputError where the bytes are no ONNX file, or a tensor of it could not be served, with what to do */
export function readSignature(bytes: Uint8Array): Signature {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new BadInputError(`model.onnx is no ONNX file: ${(error as Error).message}`);
  }
  const { graph } = model;
  if (graph === undefined || graph.node.length === 0) {
    throw new BadInputError("model.onnx is no ONNX file: it has no graph");
  }
  // Until IR version 4 the weights were listed among the inputs.
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const problems: string[] = [];
  const read = (side: string, values: readonly ValueInfoProto[]) =>
    values.flatMap((value) => tensorSpec(side, value, problems) ?? []);
  const inputs = read(
    "input",
    graph.input.filter(({ name }) => !weights.has(name)),
  );
  const outputs = read("output", graph.output);
  if (graph.initializer.some(({ externalData }) => externalData.length > 0)) {
    problems.push("its weights lie in another file: export them into this one");
  }
  if (problems.length > 0) throw new BadInputError(`model.onnx: ${problems.join("; ")}`);
  const producer = [model.producerName, model.producerVersion].filter(Boolean).join(" ");
  return { producer: producer || "unknown", inputs, outputs };
}

export interface ContractHints {
  model: string;
  /** Names of the columns, in order. */
  features?: readonly string[] | undefined;
  /** Names of the classes, by index. */
  classes?: readonly string[] | undefined;
}

/**
 * Makes a contract of a signature, as far as it is plain what the tensors are: a label and probabilities, or one output.
 * @throws BadInputError where it is not
 */
export function deriveContract(signature: Signature, hints: ContractHints): ModelContract {
  const { inputs, outputs } = signature;
  const label = outputs.find(({ dataType, shape }) => isDiscrete(dataType) && isColumn(shape));
  const probabilities = outputs.find(
    ({ dataType, shape }) => isReal(dataType) && shape.length === 2 && (shape[1] ?? 0) >= 2,
  );
  const values = outputs.filter(({ dataType, shape }) => isReal(dataType) && isColumn(shape));
  const isClassifier = label !== undefined && values.length === 0;
  const predictions = isClassifier ? label : values[0];
  if (predictions === undefined || (!isClassifier && outputs.length > 1)) {
    const names = outputs.map(({ name }) => `'${name}'`).join(", ");
    throw new BadInputError(
      `model.onnx: it is not plain which of ${names} are the predictions: say so in a contract.json`,
    );
  }
  return {
    schema: "isotherm.dev/model-contract/v1",
    model: hints.model,
    task: isClassifier ? "classification" : "regression",
    inputs,
    outputs,
    features: featureNames(inputs, hints.features).map((name) => ({ name })),
    ...(isClassifier && hints.classes !== undefined ? { classes: [...hints.classes] } : {}),
    predictions: predictions.name,
    ...(isClassifier && probabilities !== undefined ? { probabilities: probabilities.name } : {}),
  };
}

function featureNames(inputs: readonly TensorSpec[], given?: readonly string[]): readonly string[] {
  const [input, ...others] = inputs;
  if (input === undefined) throw new BadInputError("model.onnx: its graph takes no input");
  const width = others.length === 0 && input.shape.length === 2 ? input.shape[1] : undefined;
  const count = width ?? inputs.length;
  if (given !== undefined) {
    if (width !== -1 && given.length !== count) {
      throw new BadInputError(`${given.length} features are named, model.onnx takes ${count}`);
    }
    return given;
  }
  if (width === undefined) return inputs.map(({ name }) => name);
  if (width === -1) {
    throw new BadInputError(
      `model.onnx: input '${input.name}' takes any number of columns: name the features in a contract.json`,
    );
  }
  return Array.from({ length: width }, (_, index) => `${input.name}_${index}`);
}

function tensorSpec(
  side: string,
  value: ValueInfoProto,
  problems: string[],
): TensorSpec | undefined {
  const what = `${side} '${value.name}'`;
  const type = value.type?.value;
  if (type?.case !== "tensorType") {
    const cure =
      type?.case === "sequenceType"
        ? ": with skl2onnx, convert with options {'zipmap': False}"
        : "";
    problems.push(`${what} is no tensor${cure}`);
    return undefined;
  }
  const dataType = dataTypes[type.value.elemType];
  if (dataType === undefined) {
    problems.push(`${what} has an element type that no protocol has (${type.value.elemType})`);
    return undefined;
  }
  const shape = (type.value.shape?.dim ?? []).map(({ value: size }) =>
    size.case === "dimValue" && size.value > 0n ? Number(size.value) : -1,
  );
  if (shape.length === 0) {
    problems.push(`${what} has no shape: its first dimension must be the rows`);
    return undefined;
  }
  if (shape[0] !== -1) {
    problems.push(
      `${what} takes exactly ${shape[0]} rows: export it with a free first dimension (dynamic_axes, dynamic_shapes)`,
    );
  }
  return { name: value.name, dataType, shape };
}

const isReal = (dataType: DataType) => dataType === "FP32" || dataType === "FP64";
const isDiscrete = (dataType: DataType) => ["INT64", "INT32", "BYTES", "BOOL"].includes(dataType);
/** One value a row. */
const isColumn = (shape: readonly number[]) =>
  shape.length === 1 || (shape.length === 2 && shape[1] === 1);
