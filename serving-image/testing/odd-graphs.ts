import { create } from "@bufbuild/protobuf";
import { GraphProtoSchema, TensorProto_DataType as OnnxType, ValueInfoProtoSchema } from "onnx-buf";
import { emit } from "../../training-image/engine/emit.ts";
import {
  add,
  argMax,
  gather,
  matmul,
  mul,
  relu,
  softmax,
  sub,
  sum,
} from "../../training-image/engine/ops.ts";
import { modelBytes, nodeProto } from "../../training-image/engine/proto.ts";
import { constant, input, type Tensor } from "../../training-image/engine/tensor.ts";

/** Graphs that fit the toy's contract and are odd in one way. */

/** Takes long: `layers` products of `width` by `width`, whose outcome is added as nothing. */
export function slowGraph(width: number, layers: number): Uint8Array {
  const features = input("features", ["batch", 3]);
  const weights = (rows: number, columns: number) =>
    constant(
      Float32Array.from({ length: rows * columns }, (_unused, index) => ((index % 7) - 3) / width),
      [rows, columns],
    );
  let wide: Tensor = matmul(features, weights(3, width));
  for (let layer = 0; layer < layers; layer++) wide = relu(matmul(wide, weights(width, width)));
  const nothing = mul(matmul(wide, weights(width, 3)), constant(Float32Array.of(0), [1]));
  return emitScores(features, add(features, nothing));
}

/** A row's answer depends on the rows beside it. */
export function crowdGraph(): Uint8Array {
  const features = input("features", ["batch", 3]);
  return emitScores(features, sub(features, sum(features, [0], true)));
}

/** Fails where the third feature is the largest: it looks that up in a table of two. */
export function pickyGraph(): Uint8Array {
  const features = input("features", ["batch", 3]);
  const table = constant(Float32Array.from([0, 0, 0, 0, 0, 0]), [2, 3]);
  return emitScores(features, add(features, gather(table, argMax(features))));
}

/** Fails whatever it is given: it looks a row up that its table has not. */
export function neverGraph(): Uint8Array {
  const features = input("features", ["batch", 3]);
  const table = constant(Float32Array.from([0, 0, 0]), [1, 3]);
  const beyond = constant(BigInt64Array.from([7n]), [1]);
  return emitScores(features, add(features, gather(table, add(argMax(features), beyond))));
}

function emitScores(features: ReturnType<typeof input>, scores: Tensor): Uint8Array {
  return emit({
    name: "toy",
    inputs: [features],
    outputs: { label: argMax(scores), probabilities: softmax(scores) },
  });
}

/** Takes numbers of BFLOAT16, which the runtime computes with, and its Node binding cannot be given. */
export function brainFloatGraph(): Uint8Array {
  const value = (name: string, elemType: OnnxType) =>
    create(ValueInfoProtoSchema, {
      name,
      type: {
        value: {
          case: "tensorType",
          value: { elemType, shape: { dim: [{ value: { case: "dimParam", value: "batch" } }] } },
        },
      },
    });
  return modelBytes(
    create(GraphProtoSchema, {
      name: "brain",
      input: [value("features", OnnxType.BFLOAT16)],
      output: [value("label", OnnxType.FLOAT)],
      node: [nodeProto("Cast", ["features"], ["label"], { to: OnnxType.FLOAT })],
    }),
  );
}
