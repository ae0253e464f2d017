import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  ModelProtoSchema,
  NodeProtoSchema,
  type NodeProto,
  TensorProtoSchema,
  type TensorProto,
  ValueInfoProtoSchema,
  type ValueInfoProto,
} from "onnx-buf";
import type { Attributes, Constant, ElementType, Shape } from "./tensor.ts";

/** Number of an element type in ONNX's `TensorProto.DataType`; `Cast` names its target by it. */
export const onnxType: Record<ElementType, number> = {
  float32: 1,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float64: 11,
};

/** Operator set of everything we emit; IR version 9 is the one that came with it. */
export const opset = 20;
const irVersion = 9n;

export function modelBytes(graph: GraphProto): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion,
      producerName: "isotherm",
      opsetImport: [{ domain: "", version: BigInt(opset) }],
      graph,
    }),
  );
}

export function nodeProto(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Attributes = {},
  body?: GraphProto,
): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
  if (body !== undefined) {
    const type = AttributeProto_AttributeType.GRAPH;
    attribute.push(create(AttributeProtoSchema, { name: "body", type, g: body }));
  }
  return create(NodeProtoSchema, {
    name: outputs[0] ?? operator,
    opType: operator,
    input: [...inputs],
    output: [...outputs],
    attribute,
  });
}

function attributeProto(name: string, value: Attributes[string]) {
  if (typeof value === "string") {
    const type = AttributeProto_AttributeType.STRING;
    return create(AttributeProtoSchema, { name, type, s: new TextEncoder().encode(value) });
  }
  if (typeof value === "number") {
    const type = AttributeProto_AttributeType.INT;
    return create(AttributeProtoSchema, { name, type, i: BigInt(value) });
  }
  const type = AttributeProto_AttributeType.INTS;
  return create(AttributeProtoSchema, { name, type, ints: value.map(BigInt) });
}

export function valueInfo(name: string, type: ElementType, shape: Shape): ValueInfoProto {
  const dim = shape.map((size) => ({
    value:
      typeof size === "number"
        ? { case: "dimValue" as const, value: BigInt(size) }
        : { case: "dimParam" as const, value: size },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: { elemType: onnxType[type], shape: { dim } } } },
  });
}

/** ONNX keeps raw data little-endian, as every machine that onnxruntime-node supports does. */
export function tensorProto(name: string, value: Constant): TensorProto {
  const { data } = value;
  const content = ArrayBuffer.isView(data)
    ? { rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice() }
    : { stringData: data.map((text) => new TextEncoder().encode(text)) };
  return create(TensorProtoSchema, {
    name,
    dataType: onnxType[value.type],
    dims: value.shape.map((size) => BigInt(size)),
    ...content,
  });
}
