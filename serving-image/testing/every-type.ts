import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, NodeProtoSchema, ValueInfoProtoSchema } from "onnx-buf";
import type { DataType, ModelContract } from "../../contracts/model-contract.ts";
import type { FakeS3 } from "../../contracts/testing/fake-s3.ts";
import { storeToy } from "./toy-release.ts";

/** Element types by their number in ONNX. */
const onnxTypes: Record<DataType, number> = {
  BOOL: 9,
  UINT8: 2,
  UINT16: 4,
  UINT32: 12,
  UINT64: 13,
  INT8: 3,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  FP16: 10,
  FP32: 1,
  FP64: 11,
  BYTES: 8,
};
export const everyType = Object.keys(onnxTypes) as DataType[];

/** Two values of each type at the ends of what it holds, as JSON writes them; FP16 stands for itself. */
export const extremes: Record<DataType, readonly [unknown, unknown]> = {
  BOOL: [true, false],
  UINT8: [0, 255],
  UINT16: [0, 65535],
  UINT32: [0, 2 ** 32 - 1],
  UINT64: [2n ** 53n + 1n, 2n ** 64n - 1n],
  INT8: [-128, 127],
  INT16: [-32768, 32767],
  INT32: [-(2 ** 31), 2 ** 31 - 1],
  INT64: [-(2n ** 63n), 2n ** 53n + 1n],
  FP16: [-65504, 2 ** -24],
  FP32: [-3.4028234663852886e38, 1.401298464324817e-45],
  FP64: [-1.7976931348623157e308, 5e-324],
  BYTES: ["", "größer 🌡"],
};

const nameOf = (dataType: DataType) => dataType.toLowerCase();

/** A model that gives back what it takes: an input and an output of each type, two elements a row. */
function everyTypeContract(types: readonly DataType[] = everyType): Partial<ModelContract> {
  const tensor = (prefix: string) => (dataType: DataType) => ({
    name: `${prefix}${nameOf(dataType)}`,
    dataType,
    shape: [-1, 2],
  });
  return {
    task: "regression",
    inputs: types.map(tensor("")),
    outputs: types.map(tensor("same_")),
    features: types.map((dataType) => ({ name: nameOf(dataType) })),
    classes: undefined,
    probabilities: undefined,
    predictions: `same_${nameOf(types[0] ?? "FP32")}`,
  } as Partial<ModelContract>;
}

function everyTypeGraph(types: readonly DataType[] = everyType): Uint8Array {
  const value = (name: string, elemType: number) =>
    create(ValueInfoProtoSchema, {
      name,
      type: {
        value: {
          case: "tensorType",
          value: {
            elemType,
            shape: {
              dim: [
                { value: { case: "dimParam", value: "batch" } },
                { value: { case: "dimValue", value: 2n } },
              ],
            },
          },
        },
      },
    });
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 9n,
      opsetImport: [{ domain: "", version: 20n }],
      graph: {
        name: "every-type",
        input: types.map((type) => value(nameOf(type), onnxTypes[type])),
        output: types.map((type) => value(`same_${nameOf(type)}`, onnxTypes[type])),
        node: types.map((type) =>
          create(NodeProtoSchema, {
            opType: "Identity",
            name: nameOf(type),
            input: [nameOf(type)],
            output: [`same_${nameOf(type)}`],
          }),
        ),
      },
    }),
  );
}

/** Stores the model of every type as release `same`. @returns its digest, and the digest of its graph. */
export function storeEveryType(s3: FakeS3): Promise<{ release: string; graph: string }> {
  return storeToy(s3, {
    model: "same",
    graph: everyTypeGraph(),
    contract: everyTypeContract(),
  });
}

/** Elements of a type as the protocol writes them in binary: little-endian, texts behind their lengths. */
export function binaryOf(dataType: DataType, values: readonly unknown[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(8);
      switch (dataType) {
        case "BYTES": {
          const text = Buffer.from(value as string, "utf8");
          bytes.writeUInt32LE(text.length);
          return Buffer.concat([bytes.subarray(0, 4), text]);
        }
        case "UINT64":
          bytes.writeBigUInt64LE(BigInt(value as bigint));
          return bytes;
        case "INT64":
          bytes.writeBigInt64LE(BigInt(value as bigint));
          return bytes;
        case "FP64":
          bytes.writeDoubleLE(value as number);
          return bytes;
        case "FP32":
          bytes.writeFloatLE(value as number);
          return bytes.subarray(0, 4);
        case "FP16":
          new DataView(bytes.buffer, bytes.byteOffset).setFloat16(0, value as number, true);
          return bytes.subarray(0, 2);
        default: {
          const width = dataType.endsWith("32") ? 4 : dataType.endsWith("16") ? 2 : 1;
          if (dataType.startsWith("INT")) bytes.writeIntLE(value as number, 0, width);
          else bytes.writeUIntLE(Number(value), 0, width);
          return bytes.subarray(0, width);
        }
      }
    }),
  );
}
