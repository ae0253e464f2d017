import type { ModelContract } from "../../contracts/model-contract.ts";
import { emit } from "../engine/emit.ts";
import {
  add,
  argMax,
  div,
  logSoftmax,
  matmul,
  mul,
  neg,
  scale,
  softmax,
  square,
  sub,
  sum,
  tanh,
} from "../engine/ops.ts";
import { ParameterLayout } from "../engine/parameters.ts";
import { outputOf, Session } from "../engine/session.ts";
import type { TrainerOptions } from "../engine/trainer.ts";
import { constant, input, type Tensor } from "../engine/tensor.ts";
import type { Standardiser } from "./standardise.ts";

/** A network with one hidden layer of tanh, from standardised features to class scores. */
export interface ClassifierShape {
  features: number;
  hidden: number;
  classes: number;
}

type Name = "hiddenWeights" | "hiddenBias" | "outputWeights" | "outputBias";

export function classifierLayout(shape: ClassifierShape): ParameterLayout<Name> {
  return new ParameterLayout({
    hiddenWeights: [shape.features, shape.hidden],
    hiddenBias: [shape.hidden],
    outputWeights: [shape.hidden, shape.classes],
    outputBias: [shape.classes],
  });
}

/**
 * What is minimised: cross entropy, averaged by `row_weights` (they sum to 1; 0 holds a row out, so that one graph
 * serves every fold), and a penalty on squared weights.
 * Inputs: `features` [rows, features] standardised, `targets` [rows, classes] one-hot, `row_weights` [rows].
 */
export function classifierTraining(
  shape: ClassifierShape,
  rows: number,
  weightPenalty: number,
): TrainerOptions<Name> {
  const features = input("features", [rows, shape.features]);
  const targets = input("targets", [rows, shape.classes]);
  const rowWeights = input("row_weights", [rows]);
  return {
    layout: classifierLayout(shape),
    inputs: [features, targets, rowWeights],
    loss(parameters) {
      const logProbabilities = logSoftmax(scores(features, parameters));
      const surprise = neg(sum(mul(targets, logProbabilities), [1]));
      const { hiddenWeights, outputWeights } = parameters;
      const penalty = add(sum(square(hiddenWeights)), sum(square(outputWeights)));
      return add(sum(mul(rowWeights, surprise)), scale(penalty, weightPenalty));
    },
  };
}

/** The trained network as it is served: raw features in, label and probabilities out, any number of rows. */
export function classifierModel(
  shape: ClassifierShape,
  parameters: Float32Array,
  by: Standardiser,
): Uint8Array {
  const features = input("features", ["batch", shape.features]);
  const vector = (values: Float64Array) => constant(Float32Array.from(values), [values.length]);
  const standardised = div(sub(features, vector(by.mean)), vector(by.deviation));
  const trained = classifierLayout(shape).constants(parameters);
  const probabilities = softmax(scores(standardised, trained));
  return emit({
    name: "classifier",
    inputs: [features],
    outputs: { label: argMax(probabilities), probabilities },
  });
}

export function classifierContract(
  model: string,
  features: ModelContract["features"],
  classes: readonly string[],
  inputName = "features",
): ModelContract {
  return {
    schema: "isotherm.dev/model-contract/v1",
    model,
    task: "classification",
    inputs: [{ name: inputName, dataType: "FP32", shape: [-1, features.length] }],
    outputs: [
      { name: "label", dataType: "INT64", shape: [-1] },
      { name: "probabilities", dataType: "FP32", shape: [-1, classes.length] },
    ],
    features,
    classes: [...classes],
    predictions: "label",
    probabilities: "probabilities",
  };
}

/** Probabilities that a model file gives for rows of raw features. */
export async function classify(
  model: Uint8Array,
  rows: readonly Float64Array[],
  inputName = "features",
): Promise<number[][]> {
  const width = rows[0]?.length ?? 0;
  const session = await Session.open(model);
  try {
    const data = Float32Array.from(rows.flatMap((row) => [...row]));
    const results = await session.run({ [inputName]: { data, shape: [rows.length, width] } });
    const { data: flat } = outputOf(results, "probabilities");
    const classes = flat.length / rows.length;
    return rows.map((_, row) =>
      Array.from({ length: classes }, (_unused, label) => Number(flat[row * classes + label])),
    );
  } finally {
    await session.close();
  }
}

function scores(features: Tensor, parameters: Record<Name, Tensor>): Tensor {
  const { hiddenWeights, hiddenBias, outputWeights, outputBias } = parameters;
  const hidden = tanh(add(matmul(features, hiddenWeights), hiddenBias));
  return add(matmul(hidden, outputWeights), outputBias);
}
