import { create, createFileRegistry } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  OneofDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import type * as messages from "./messages.ts";

const scalars = {
  bool: Type.BOOL,
  int32: Type.INT32,
  int64: Type.INT64,
  uint32: Type.UINT32,
  uint64: Type.UINT64,
  float: Type.FLOAT,
  double: Type.DOUBLE,
  string: Type.STRING,
  bytes: Type.BYTES,
} as const;

type FieldType = keyof typeof scalars | `.${string}`;
/** `repeated T` is written `[T]`; `parameters` is a map from names to parameters. */
type Field = FieldType | readonly [FieldType] | "parameters";
type Fields = Readonly<Record<string, readonly [number: number, field: Field]>>;

const tensor = (contents: Field): Fields => ({
  name: [1, "string"],
  datatype: [2, "string"],
  shape: [3, ["int64"]],
  parameters: [4, "parameters"],
  contents: [5, contents],
});
const named = { name: [1, "string"], version: [2, "string"] } as const;
const contents = ".inference.InferTensorContents";

/** Messages of the Open Inference Protocol over gRPC, package `inference`: fields by name, number and type. */
const file = create(FileDescriptorProtoSchema, {
  name: "open_inference.proto",
  package: "inference",
  syntax: "proto3",
  messageType: [
    message("ServerLiveRequest", {}),
    message("ServerLiveResponse", { live: [1, "bool"] }),
    message("ServerReadyRequest", {}),
    message("ServerReadyResponse", { ready: [1, "bool"] }),
    message("ModelReadyRequest", named),
    message("ModelReadyResponse", { ready: [1, "bool"] }),
    message("ServerMetadataRequest", {}),
    message("ServerMetadataResponse", { ...named, extensions: [3, ["string"]] }),
    message("ModelMetadataRequest", named),
    message(
      "ModelMetadataResponse",
      {
        name: [1, "string"],
        versions: [2, ["string"]],
        platform: [3, "string"],
        inputs: [4, [".inference.ModelMetadataResponse.TensorMetadata"]],
        outputs: [5, [".inference.ModelMetadataResponse.TensorMetadata"]],
      },
      [
        message("TensorMetadata", {
          name: [1, "string"],
          datatype: [2, "string"],
          shape: [3, ["int64"]],
        }),
      ],
    ),
    message(
      "ModelInferRequest",
      {
        model_name: [1, "string"],
        model_version: [2, "string"],
        id: [3, "string"],
        parameters: [4, "parameters"],
        inputs: [5, [".inference.ModelInferRequest.InferInputTensor"]],
        outputs: [6, [".inference.ModelInferRequest.InferRequestedOutputTensor"]],
        raw_input_contents: [7, ["bytes"]],
      },
      [
        message("InferInputTensor", tensor(contents)),
        message("InferRequestedOutputTensor", {
          name: [1, "string"],
          parameters: [2, "parameters"],
        }),
      ],
    ),
    message(
      "ModelInferResponse",
      {
        model_name: [1, "string"],
        model_version: [2, "string"],
        id: [3, "string"],
        parameters: [4, "parameters"],
        outputs: [5, [".inference.ModelInferResponse.InferOutputTensor"]],
        raw_output_contents: [6, ["bytes"]],
      },
      [message("InferOutputTensor", tensor(contents))],
    ),
    oneOf("InferParameter", "parameter_choice", {
      bool_param: [1, "bool"],
      int64_param: [2, "int64"],
      string_param: [3, "string"],
      double_param: [4, "double"],
      uint64_param: [5, "uint64"],
    }),
    message("InferTensorContents", {
      bool_contents: [1, ["bool"]],
      int_contents: [2, ["int32"]],
      int64_contents: [3, ["int64"]],
      uint_contents: [4, ["uint32"]],
      uint64_contents: [5, ["uint64"]],
      fp32_contents: [6, ["float"]],
      fp64_contents: [7, ["double"]],
      bytes_contents: [8, ["bytes"]],
    }),
  ],
});

const registry = createFileRegistry(file, () => undefined);

/** How a message is read and written. */
export function schemaOf<Name extends keyof messages.Messages>(
  name: Name,
): GenMessage<messages.Messages[Name]> {
  const schema = registry.getMessage(`inference.${name}`);
  if (schema === undefined) throw new Error(`no message '${name}'`);
  return schema as GenMessage<messages.Messages[Name]>;
}

function message(
  name: string,
  fields: Fields,
  nestedType: readonly DescriptorProto[] = [],
): DescriptorProto {
  const list = Object.entries(fields);
  const hasParameters = list.some(([, [, type]]) => type === "parameters");
  return create(DescriptorProtoSchema, {
    name,
    field: list.map(([field, [number, type]]) => fieldProto(field, number, type)),
    nestedType: hasParameters ? [...nestedType, parametersEntry()] : [...nestedType],
  });

  function fieldProto(field: string, number: number, type: Field): FieldDescriptorProto {
    if (type !== "parameters") return plainField(field, number, type);
    // Found by protobuf's rule for relative names, from the innermost message outwards.
    return plainField(field, number, [`.inference.${pathOf(name)}.ParametersEntry`]);
  }
}

/** Full name of the messages that have a map, some of which stand inside another. */
function pathOf(name: string): string {
  if (name === "InferOutputTensor") return `ModelInferResponse.${name}`;
  return name === "InferInputTensor" || name === "InferRequestedOutputTensor"
    ? `ModelInferRequest.${name}`
    : name;
}

function parametersEntry(): DescriptorProto {
  return create(DescriptorProtoSchema, {
    name: "ParametersEntry",
    field: [plainField("key", 1, "string"), plainField("value", 2, ".inference.InferParameter")],
    options: { mapEntry: true },
  });
}

function oneOf(name: string, choice: string, fields: Fields): DescriptorProto {
  const plain = message(name, fields);
  for (const field of plain.field) field.oneofIndex = 0;
  plain.oneofDecl = [create(OneofDescriptorProtoSchema, { name: choice })];
  return plain;
}

function plainField(
  name: string,
  number: number,
  field: FieldType | readonly [FieldType],
): FieldDescriptorProto {
  const [type, label] =
    typeof field === "string" ? [field, Label.OPTIONAL] : [field[0], Label.REPEATED];
  const isMessage = type.startsWith(".");
  return create(FieldDescriptorProtoSchema, {
    name,
    number,
    label,
    ...(isMessage
      ? { type: Type.MESSAGE, typeName: type }
      : { type: scalars[type as keyof typeof scalars] }),
  });
}
