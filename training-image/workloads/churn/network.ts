import { emit } from "../../engine/emit.ts";
import {
  add,
  argMax,
  concat,
  matmul,
  mean,
  mul,
  relu,
  reshape,
  sigmoid,
  softplus,
  sub,
} from "../../engine/ops.ts";
import { adam } from "../../engine/optimiser.ts";
import { ParameterLayout } from "../../engine/parameters.ts";
import { scalar, type Size, type Tensor } from "../../engine/tensor.ts";
import type { TrainerOptions } from "../../engine/trainer.ts";
import { type Encoding, encodeInGraph } from "./encoding.ts";

/** Hidden layers of ReLU for what goes together, beside a linear part for what adds up. */
export interface NetworkShape {
  /** Numbers an encoded row has. */
  width: number;
  hidden: number;
  layers: number;
}

export function networkLayout({ width, hidden, layers }: NetworkShape): ParameterLayout {
  const shapes: [string, number[]][] = [["linear", [width, 1]]];
  for (let layer = 0; layer < layers; layer++) {
    shapes.push([`weights_${layer}`, [layer === 0 ? width : hidden, hidden]]);
    shapes.push([`bias_${layer}`, [hidden]]);
  }
  shapes.push(["output_weights", [hidden, 1]], ["output_bias", [1]]);
  return new ParameterLayout(Object.fromEntries(shapes));
}

/** Cross entropy of minibatches: by step `rows` [batch, width] and `targets` [batch, 1], 0 or 1. */
export function networkTraining(
  shape: NetworkShape,
  batch: number,
  weightDecay: number,
): TrainerOptions<string, "rows" | "targets"> {
  return {
    layout: networkLayout(shape),
    perStep: { rows: { shape: [batch, shape.width] }, targets: { shape: [batch, 1] } },
    optimiser: adam({ weightDecay }),
    loss(parameters, { rows, targets }) {
      const scores = logits(shape, rows, parameters);
      return mean(sub(softplus(scores), mul(scores, targets)));
    },
  };
}

/** The trained network as it is served: raw columns in, label and the two classes' probabilities out. */
export function networkModel(
  shape: NetworkShape,
  parameters: Float32Array,
  encoding: Encoding,
): Uint8Array {
  const { inputs, encoded } = encodeInGraph(encoding);
  const trained = networkLayout(shape).constants(parameters);
  const second = sigmoid(logits(shape, encoded, trained));
  const probabilities = concat([sub(scalar(1, second), second), second], 1);
  return emit({
    name: "table",
    inputs,
    outputs: { label: argMax(probabilities), probabilities },
  });
}

function logits(shape: NetworkShape, rows: Tensor, parameters: Record<string, Tensor>): Tensor {
  const named = (name: string) => parameters[name] as Tensor;
  let hidden = rows;
  for (let layer = 0; layer < shape.layers; layer++) {
    hidden = relu(matmul(hidden, named(`weights_${layer}`), { plus: named(`bias_${layer}`) }));
  }
  const deep = matmul(hidden, named("output_weights"), { plus: named("output_bias") });
  return reshape(add(deep, matmul(rows, named("linear"))), [rows.shape[0] as Size, 1]);
}
