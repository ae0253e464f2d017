import { matmul } from "../../../engine/ops.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { Entry, type PointGradients } from "./entry.ts";
import { gatherBias, gatherProduct, type Gradients, type LinearLayer } from "./gathering.ts";
import {
  activate,
  type Derivatives,
  type Layer,
  linear,
  type StreamGradients,
  type Streams,
} from "./streams.ts";

/** A plain network of tanh layers with a linear output of one number. */
export interface NetworkShape {
  inputs: number;
  layers: number;
  width: number;
}

export type Parameters = Readonly<Record<string, Tensor>>;

/** Names and shapes of a network's parameters, in order. */
export function networkShapes(
  name: string,
  shape: NetworkShape,
): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {};
  for (let layer = 0; layer <= shape.layers; layer++) {
    const rows = layer === 0 ? shape.inputs : shape.width;
    const columns = layer === shape.layers ? 1 : shape.width;
    shapes[weightsOf(name, layer)] = [rows, columns];
    shapes[biasOf(name, layer)] = [columns];
  }
  return shapes;
}

/**
 * One pass through a network: the output with its derivatives by forward mode, and the derivative of all that by the
 * parameters, written by hand. An element-wise node costs as much as a fifth of a matrix product here, so what generic
 * reverse mode would add is worth leaving out.
 */
export class Pass {
  readonly output: Streams;
  readonly #name: string;
  readonly #parameters: Parameters;
  readonly #entry: Entry;
  readonly #layers: Layer[] = [];

  /** @param points [rows, inputs] */
  constructor(
    name: string,
    shape: NetworkShape,
    parameters: Parameters,
    points: Tensor,
    derivatives: Derivatives = { directions: [] },
  ) {
    this.#name = name;
    this.#parameters = parameters;
    this.#entry = new Entry(points, this.#layer(0), this.#layer(1), derivatives);
    let streams = this.#entry.output;
    for (let layer = 1; layer < shape.layers; layer++) {
      const activation = activate(streams, derivatives.directions);
      this.#layers.push(activation);
      const { weights, bias } = this.#layer(layer + 1);
      streams = linear(activation.output, weights, bias);
    }
    this.output = { ...streams, second: streams.second?.() };
  }

  /**
   * Adds this pass's part of the gradient to what other passes have gathered.
   * @returns gradients by what `Derivatives` take of each point
   */
  backward(gradients: StreamGradients, into: Gradients): PointGradients {
    let streams = gradients;
    for (let layer = this.#layers.length; layer >= 1; layer--) {
      const activation = this.#layers[layer - 1] as Layer;
      const { weights } = this.#layer(layer + 1);
      this.#gather(into, layer + 1, activation.output, streams);
      const back = (gradient: Tensor | undefined) =>
        gradient && matmul(gradient, weights, { transposeB: true });
      streams = activation.backward({
        value: back(streams.value),
        tangents: streams.tangents.map(back),
        second: back(streams.second),
      });
    }
    return this.#entry.backward(streams, into);
  }

  #layer(layer: number): LinearLayer {
    const [weightsName, biasName] = [weightsOf(this.#name, layer), biasOf(this.#name, layer)];
    const [weights, bias] = [this.#parameters[weightsName], this.#parameters[biasName]];
    if (weights === undefined || bias === undefined) {
      throw new Error(`network: no parameters for layer ${layer} of '${this.#name}'`);
    }
    return { weights, bias, weightsName, biasName };
  }

  /** Gradients of a linear layer's weights and bias. */
  #gather(into: Gradients, layer: number, inputs: Streams, gradients: StreamGradients): void {
    const pairs = [
      [inputs.value, gradients.value],
      ...inputs.tangents.map((tangent, index) => [tangent, gradients.tangents[index]] as const),
      [inputs.second, gradients.second],
    ] as const;
    for (const [stream, gradient] of pairs) {
      if (stream === undefined || gradient === undefined) continue;
      gatherProduct(into, weightsOf(this.#name, layer), stream, gradient);
    }
    if (gradients.value !== undefined) {
      gatherBias(into, biasOf(this.#name, layer), gradients.value);
    }
  }
}

function weightsOf(name: string, layer: number): string {
  return `${name}_weights_${layer}`;
}

function biasOf(name: string, layer: number): string {
  return `${name}_bias_${layer}`;
}
