import { emit } from "../../engine/emit.ts";
import {
  add,
  argMax,
  convolution,
  logSoftmax,
  matmul,
  maxPool,
  mul,
  neg,
  relu,
  reshape,
  scale,
  softmax,
  sum,
} from "../../engine/ops.ts";
import { adam } from "../../engine/optimiser.ts";
import { ParameterLayout } from "../../engine/parameters.ts";
import { input, type Size, type Tensor } from "../../engine/tensor.ts";
import type { TrainerOptions } from "../../engine/trainer.ts";

/** Two convolutions of 3 by 3, a hidden layer and the classes' scores, with ReLU in between. */
export interface NetworkShape {
  height: number;
  width: number;
  /** The value of a white pixel. */
  white: number;
  /** Channels of the first convolution; the second has twice as many. */
  channels: number;
  hidden: number;
  classes: number;
}

type Layer = "first" | "second" | "hidden" | "output";
type Name = `${Layer}${"Weights" | "Bias"}`;

export function networkLayout(shape: NetworkShape): ParameterLayout<Name> {
  const { height, width, channels, hidden, classes } = shape;
  const quarters = halved(shape).filter(Boolean).length;
  return new ParameterLayout({
    firstWeights: [channels, 1, 3, 3],
    firstBias: [channels],
    secondWeights: [2 * channels, channels, 3, 3],
    secondBias: [2 * channels],
    hiddenWeights: [(2 * channels * height * width) / 4 ** quarters, hidden],
    hiddenBias: [hidden],
    outputWeights: [hidden, classes],
    outputBias: [classes],
  });
}

/** Whether images are halved by pooling after the first and after the second convolution: large ones are twice. */
function halved({ height, width }: NetworkShape): [boolean, boolean] {
  const tiles = (size: number) => height % size === 0 && width % size === 0;
  return Math.min(height, width) >= 16 && tiles(4) ? [true, true] : [false, tiles(2)];
}

/** Cross entropy of minibatches: by step `pixels` [batch, height * width] and `targets` [batch, classes], one-hot. */
export function networkTraining(
  shape: NetworkShape,
  batch: number,
  weightDecay: number,
): TrainerOptions<Name, "pixels" | "targets"> {
  return {
    layout: networkLayout(shape),
    perStep: {
      pixels: { shape: [batch, shape.height * shape.width] },
      targets: { shape: [batch, shape.classes] },
    },
    optimiser: adam({ weightDecay }),
    loss(parameters, { pixels, targets }) {
      const logProbabilities = logSoftmax(scores(shape, pixels, parameters));
      return neg(scale(sum(mul(targets, logProbabilities)), 1 / batch));
    },
  };
}

/** The trained network as it is served: pixels as they are in the data, label and probabilities out. */
export function networkModel(shape: NetworkShape, parameters: Float32Array): Uint8Array {
  const pixels = input("pixels", ["batch", shape.height * shape.width]);
  const trained = networkLayout(shape).constants(parameters);
  const probabilities = softmax(scores(shape, pixels, trained));
  const outputs = { label: argMax(probabilities), probabilities };
  return emit({ name: "digits", inputs: [pixels], outputs });
}

function scores(shape: NetworkShape, pixels: Tensor, parameters: Record<Name, Tensor>): Tensor {
  const { height, width, white } = shape;
  const [batch] = pixels.shape as [Size];
  const [afterFirst, afterSecond] = halved(shape);
  const layer = (images: Tensor, weights: Tensor, bias: Tensor, isHalved: boolean) => {
    const sums = add(
      convolution(images, weights, { padding: 1 }),
      reshape(bias, [...bias.shape, 1, 1]),
    );
    return isHalved ? maxPool(relu(sums), 2) : relu(sums);
  };
  const { firstWeights, firstBias, secondWeights, secondBias } = parameters;
  const images = scale(reshape(pixels, [batch, 1, height, width]), 1 / white);
  const first = layer(images, firstWeights, firstBias, afterFirst);
  const second = layer(first, secondWeights, secondBias, afterSecond);
  const { hiddenWeights, hiddenBias, outputWeights, outputBias } = parameters;
  const flat = reshape(second, [batch, hiddenWeights.shape[0] as Size]);
  const hidden = relu(matmul(flat, hiddenWeights, { plus: hiddenBias }));
  return matmul(hidden, outputWeights, { plus: outputBias });
}
