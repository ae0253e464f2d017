import { add, div, mul, scale, sqrt, square, sub } from "./ops.ts";
import type { Tensor } from "./tensor.ts";

/** How a gradient moves the parameters, as graph nodes over one flat vector. */
export interface Optimiser {
  readonly name: string;
  /** Vectors that it keeps beside the parameters, each as long as they are and 0 before the first step. */
  readonly slots: readonly string[];
  /** Numbers of one step that the host computes; the same names in every step. `step` counts from 1. */
  scalars(step: number, learningRate: number): Readonly<Record<string, number>>;
  step(
    before: OptimiserVectors,
    gradient: Tensor,
    scalars: Readonly<Record<string, Tensor>>,
  ): OptimiserVectors;
}

export interface OptimiserVectors {
  parameters: Tensor;
  slots: Readonly<Record<string, Tensor>>;
}

export interface AdamOptions {
  /** Decay of the mean of the gradient. @default 0.9 */
  beta1?: number;
  /** Decay of the mean of the squared gradient. @default 0.999 */
  beta2?: number;
  /** @default 1e-8 */
  epsilon?: number;
  /** Decoupled weight decay (Loshchilov and Hutter, 2019), as a fraction of the learning rate. @default 0 */
  weightDecay?: number;
}

/**
 * Adam (Kingma and Ba, 2015) in ten element-wise nodes: its means are kept divided by (1 - beta), and both bias
 * corrections are folded into two numbers a step.
 */
export function adam(options: AdamOptions = {}): Optimiser {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  return {
    name: "adam",
    slots: ["mean", "variance"],
    scalars(step, learningRate) {
      const correction = Math.sqrt((1 - beta2 ** step) / (1 - beta2));
      return {
        rate: (learningRate * correction * (1 - beta1)) / (1 - beta1 ** step),
        floor: epsilon * correction,
        ...(weightDecay === 0 ? {} : { keep: 1 - learningRate * weightDecay }),
      };
    },
    step({ parameters, slots }, gradient, { rate, floor, keep }) {
      const mean = add(scale(slots["mean"] as Tensor, beta1), gradient);
      const variance = add(scale(slots["variance"] as Tensor, beta2), square(gradient));
      const move = div(mul(mean, rate as Tensor), add(sqrt(variance), floor as Tensor));
      const kept = keep === undefined ? parameters : mul(parameters, keep);
      return { parameters: sub(kept, move), slots: { mean, variance } };
    },
  };
}

/** Stochastic gradient descent, with Polyak's momentum where it is not 0. */
export function sgd({ momentum = 0 }: { momentum?: number } = {}): Optimiser {
  return {
    name: momentum === 0 ? "sgd" : "sgd with momentum",
    slots: momentum === 0 ? [] : ["velocity"],
    scalars: (_, learningRate) => ({ rate: learningRate }),
    step({ parameters, slots }, gradient, { rate }): OptimiserVectors {
      const moved = (by: Tensor) => sub(parameters, mul(by, rate as Tensor));
      const { velocity: before } = slots;
      if (before === undefined) return { parameters: moved(gradient), slots: {} };
      const velocity = add(scale(before, momentum), gradient);
      return { parameters: moved(velocity), slots: { velocity } };
    },
  };
}
