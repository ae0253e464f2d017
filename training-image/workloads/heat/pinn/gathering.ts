import { add, matmul } from "../../../engine/ops.ts";
import { constant, type Tensor } from "../../../engine/tensor.ts";

/** Gradients by parameter name, gathered over the passes through one network. */
export type Gradients = Map<string, Tensor>;

/** A linear layer: its parameters and their names. */
export interface LinearLayer {
  weights: Tensor;
  bias: Tensor;
  weightsName: string;
  biasName: string;
}

/** Adds a^T b, inside of the product. */
export function gatherProduct(into: Gradients, name: string, a: Tensor, b: Tensor): void {
  into.set(name, matmul(a, b, { transposeA: true, plus: into.get(name) }));
}

export function gatherSum(into: Gradients, name: string, part: Tensor): void {
  const sofar = into.get(name);
  into.set(name, sofar === undefined ? part : add(sofar, part));
}

/** Adds the sum of a gradient's rows, as a row. */
export function gatherBias(into: Gradients, name: string, gradient: Tensor): void {
  const ones = filled([1, Number(gradient.shape[0])], 1, gradient);
  into.set(name, matmul(ones, gradient, { plus: into.get(name) }));
}

/** A constant of the same element type as another tensor. */
export function filled(shape: readonly [number, number], value: number, like: Tensor): Tensor {
  const size = shape[0] * shape[1];
  const data = like.type === "float64" ? new Float64Array(size) : new Float32Array(size);
  return constant(data.fill(value), shape);
}
