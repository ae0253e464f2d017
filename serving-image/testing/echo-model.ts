import { create } from "@bufbuild/protobuf";
import {
  GraphProtoSchema,
  TensorProto_DataType as OnnxType,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { DataType, ModelContract, TensorSpec } from "../../contracts/model-contract.ts";
import { modelBytes, nodeProto } from "../../training-image/engine/proto.ts";

const onnxTypes: Partial<Record<DataType, OnnxType>> = {
  BOOL: OnnxType.BOOL,
  UINT8: OnnxType.UINT8,
  UINT64: OnnxType.UINT64,
  INT8: OnnxType.INT8,
  INT32: OnnxType.INT32,
  INT64: OnnxType.INT64,
  FP32: OnnxType.FLOAT,
  FP64: OnnxType.DOUBLE,
  BYTES: OnnxType.STRING,
};

const inputs: TensorSpec[] = [
  { name: "matrix", dataType: "FP32", shape: [-1, 3] },
  { name: "double", dataType: "FP64", shape: [-1] },
  { name: "tiny", dataType: "UINT8", shape: [-1] },
  { name: "small", dataType: "INT8", shape: [-1] },
  { name: "middle", dataType: "INT32", shape: [-1] },
  { name: "long", dataType: "INT64", shape: [-1] },
  { name: "natural", dataType: "UINT64", shape: [-1] },
  { name: "text", dataType: "BYTES", shape: [-1, 1] },
  { name: "flag", dataType: "BOOL", shape: [-1] },
];
const outputs = inputs.map((spec) => ({ ...spec, name: `${spec.name}_back` }));

/** A model that gives back what it takes, a tensor of each type: the way of every element can be followed. */
export const echoContract: ModelContract = {
  schema: "isotherm.dev/model-contract/v1",
  model: "echo",
  task: "regression",
  inputs,
  outputs,
  features: [{ name: "any" }],
  predictions: "matrix_back",
  probabilities: "matrix_back",
};

/** The graph of `echoContract`: `Identity` of every input. */
export function echoGraph(): Uint8Array {
  return modelBytes(
    create(GraphProtoSchema, {
      name: "echo",
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
      node: inputs.map(({ name }) => nodeProto("Identity", [name], [`${name}_back`])),
    }),
  );
}

function valueInfo({ name, dataType, shape }: TensorSpec): ValueInfoProto {
  const dim = shape.map((size) => ({
    value:
      size === -1
        ? { case: "dimParam" as const, value: "batch" }
        : { case: "dimValue" as const, value: BigInt(size) },
  }));
  const value = create(TypeProto_TensorSchema, {
    elemType: onnxTypes[dataType] ?? OnnxType.UNDEFINED,
    shape: { dim },
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value } }),
  });
}
