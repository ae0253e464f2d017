import { add, div, mul, scale, sqrt, square, sub } from "./ops.ts";
import type { Tensor } from "./tensor.ts";

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

export interface AdamState {
  parameters: Tensor;
  /** Running mean of the gradient. */
  mean: Tensor;
  /** Running mean of the squared gradient. */
  variance: Tensor;
}

/**
 * One step of Adam (Kingma and Ba, 2015) as graph nodes, with both bias corrections folded into two scalars.
 * @param rate `adamScalars(...).rate` of this step
 * @param floor `adamScalars(...).floor` of this step
 */
export function adamStep(
  state: AdamState,
  gradient: Tensor,
  rate: Tensor,
  floor: Tensor,
): AdamState {
  const mean = add(scale(state.mean, beta1), scale(gradient, 1 - beta1));
  const variance = add(scale(state.variance, beta2), scale(square(gradient), 1 - beta2));
  const move = div(mul(mean, rate), add(sqrt(variance), floor));
  return { parameters: sub(state.parameters, move), mean, variance };
}

/** What `adamStep` needs to know about step `step`, counted from 1. */
export function adamScalars(step: number, learningRate: number): { rate: number; floor: number } {
  const correction = Math.sqrt(1 - beta2 ** step);
  return { rate: (learningRate * correction) / (1 - beta1 ** step), floor: epsilon * correction };
}
