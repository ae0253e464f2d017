import type { Message } from "@bufbuild/protobuf";

/** A parameter: text, a number or a truth value. */
export interface InferParameter {
  parameterChoice:
    | { case: "boolParam"; value: boolean }
    | { case: "int64Param" | "uint64Param"; value: bigint }
    | { case: "stringParam"; value: string }
    | { case: "doubleParam"; value: number }
    | { case: undefined; value?: undefined };
}
export type InferParameters = Record<string, InferParameter>;

/** Elements of a tensor in row-major order, in the list of its type. */
export interface InferTensorContents {
  boolContents: boolean[];
  intContents: number[];
  int64Contents: bigint[];
  uintContents: number[];
  uint64Contents: bigint[];
  fp32Contents: number[];
  fp64Contents: number[];
  bytesContents: Uint8Array[];
}

export interface InferTensor {
  name: string;
  datatype: string;
  shape: bigint[];
  parameters: InferParameters;
  contents?: InferTensorContents | undefined;
}

interface Named {
  name: string;
  version: string;
}

interface TensorMetadata {
  name: string;
  datatype: string;
  shape: bigint[];
}

/** Messages of `inference.GRPCInferenceService`. Texts that nobody sent are empty. */
export interface Messages {
  ServerLiveRequest: Message<"inference.ServerLiveRequest">;
  ServerLiveResponse: Message<"inference.ServerLiveResponse"> & { live: boolean };
  ServerReadyRequest: Message<"inference.ServerReadyRequest">;
  ServerReadyResponse: Message<"inference.ServerReadyResponse"> & { ready: boolean };
  ModelReadyRequest: Message<"inference.ModelReadyRequest"> & Named;
  ModelReadyResponse: Message<"inference.ModelReadyResponse"> & { ready: boolean };
  ServerMetadataRequest: Message<"inference.ServerMetadataRequest">;
  ServerMetadataResponse: Message<"inference.ServerMetadataResponse"> &
    Named & { extensions: string[] };
  ModelMetadataRequest: Message<"inference.ModelMetadataRequest"> & Named;
  ModelMetadataResponse: Message<"inference.ModelMetadataResponse"> & {
    name: string;
    versions: string[];
    platform: string;
    inputs: TensorMetadata[];
    outputs: TensorMetadata[];
  };
  ModelInferRequest: Message<"inference.ModelInferRequest"> & {
    modelName: string;
    modelVersion: string;
    id: string;
    parameters: InferParameters;
    inputs: InferTensor[];
    outputs: { name: string; parameters: InferParameters }[];
    rawInputContents: Uint8Array[];
  };
  ModelInferResponse: Message<"inference.ModelInferResponse"> & {
    modelName: string;
    modelVersion: string;
    id: string;
    parameters: InferParameters;
    outputs: InferTensor[];
    rawOutputContents: Uint8Array[];
  };
}
