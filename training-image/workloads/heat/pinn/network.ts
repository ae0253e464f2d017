import { add, matmul, mul, neg, scale, square, sub, sum, tanh } from "../../../engine/ops.ts";
import { constant, type Tensor } from "../../../engine/tensor.ts";
import {
  activate,
  type Direction,
  type Layer,
  linear,
  plus,
  slopeOf,
  type StreamGradients,
  type Streams,
  total,
} from "./streams.ts";

/** A plain network of tanh layers with a linear output of one number. */
export interface NetworkShape {
  inputs: number;
  layers: number;
  width: number;
}

export type Parameters = Readonly<Record<string, Tensor>>;
/** Gradients by parameter name, gathered over the passes through one network. */
export type Gradients = Map<string, Tensor>;

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
 * One pass through a network: the output with its derivatives by forward mode (a forward Laplacian), and the
 * derivative of all that by the parameters, written by hand. An element-wise node costs as much as a fifth of a matrix
 * product here, so what generic reverse mode would add is worth leaving out.
 */
export class Pass {
  readonly output: Streams;
  readonly #name: string;
  readonly #parameters: Parameters;
  readonly #points: Tensor;
  readonly #directions: readonly Direction[];
  readonly #entry: Entry;
  readonly #layers: Layer[] = [];

  /** @param points [rows, inputs] */
  constructor(
    name: string,
    shape: NetworkShape,
    parameters: Parameters,
    points: Tensor,
    directions: readonly Direction[] = [],
  ) {
    this.#name = name;
    this.#parameters = parameters;
    this.#points = points;
    this.#directions = directions;
    const [weights, bias] = this.#layer(0);
    this.#entry = enter(points, weights, bias, ...this.#layer(1), directions);
    let streams = this.#entry.output;
    for (let layer = 1; layer < shape.layers; layer++) {
      const activation = activate(streams, directions);
      this.#layers.push(activation);
      streams = linear(activation.output, ...this.#layer(layer + 1));
    }
    this.output = streams;
  }

  /** Adds this pass's part of the gradient to what other passes have gathered. */
  backward(gradients: StreamGradients, into: Gradients): void {
    let streams = gradients;
    for (let layer = this.#layers.length; layer >= 1; layer--) {
      const activation = this.#layers[layer - 1] as Layer;
      const [weights] = this.#layer(layer + 1);
      this.#gather(into, layer + 1, activation.output, streams);
      const back = (gradient: Tensor | undefined) =>
        gradient && matmul(gradient, weights, { transposeB: true });
      streams = activation.backward({
        value: back(streams.value),
        tangents: streams.tangents.map(back),
        laplacian: back(streams.laplacian),
      });
    }
    this.#enterBackward(streams, into);
  }

  #layer(layer: number): readonly [weights: Tensor, bias: Tensor] {
    const weights = this.#parameters[weightsOf(this.#name, layer)];
    const bias = this.#parameters[biasOf(this.#name, layer)];
    if (weights === undefined || bias === undefined) {
      throw new Error(`network: no parameters for layer ${layer} of '${this.#name}'`);
    }
    return [weights, bias];
  }

  /** Gradients of a linear layer's weights and bias. */
  #gather(into: Gradients, layer: number, inputs: Streams, gradients: StreamGradients): void {
    const pairs = [
      [inputs.value, gradients.value],
      ...inputs.tangents.map((tangent, index) => [tangent, gradients.tangents[index]] as const),
      [inputs.laplacian, gradients.laplacian],
    ] as const;
    const name = weightsOf(this.#name, layer);
    for (const [stream, gradient] of pairs) {
      if (stream === undefined || gradient === undefined) continue;
      into.set(name, matmul(stream, gradient, { transposeA: true, plus: into.get(name) }));
    }
    this.#gatherBias(into, layer, gradients.value);
  }

  #gatherBias(into: Gradients, layer: number, gradient: Tensor | undefined): void {
    if (gradient === undefined) return;
    const name = biasOf(this.#name, layer);
    const ones = filled([1, Number(gradient.shape[0])], 1, gradient);
    into.set(name, matmul(ones, gradient, { plus: into.get(name) }));
  }

  /** The derivative of `enter`. */
  #enterBackward(gradients: StreamGradients, into: Gradients): void {
    const { value: s, slope: d, bend, rays, squares } = this.#entry;
    const [weights] = this.#layer(1);
    const names = [weightsOf(this.#name, 0), weightsOf(this.#name, 1)] as const;
    this.#gather(into, 1, { value: s, tangents: [] }, { ...gradients, tangents: [] });
    let slopeGradient: Tensor | undefined;
    const rayGradients = rays.map((ray, index) => {
      const gradient = gradients.tangents[index];
      if (gradient === undefined) return undefined;
      slopeGradient = matmul(gradient, mul(ray, weights), {
        transposeB: true,
        plus: slopeGradient,
      });
      const product = matmul(d, gradient, { transposeA: true });
      gatherSum(into, names[1], mul(ray, product));
      return sum(mul(product, weights), [1], true);
    });
    let valueGradient = gradients.value && matmul(gradients.value, weights, { transposeB: true });
    const curvature = gradients.laplacian;
    if (curvature !== undefined && bend !== undefined && squares !== undefined) {
      const bendGradient = matmul(curvature, mul(squares, weights), { transposeB: true });
      const product = matmul(bend, curvature, { transposeA: true });
      gatherSum(into, names[1], mul(squares, product));
      const squaresGradient = sum(mul(product, weights), [1], true);
      this.#directions.forEach(({ curved }, index) => {
        if (!curved) return;
        const part = scale(mul(rays[index] as Tensor, squaresGradient), -2);
        rayGradients[index] = plus(rayGradients[index], part);
      });
      valueGradient = plus(valueGradient, mul(bendGradient, d));
      slopeGradient = plus(slopeGradient, mul(bendGradient, s));
    }
    const twice = slopeGradient && mul(add(s, s), slopeGradient);
    const inner =
      valueGradient === undefined
        ? twice && neg(twice)
        : twice
          ? sub(valueGradient, twice)
          : valueGradient;
    if (inner === undefined) throw new Error("network: nothing depends on this pass");
    const preActivation = mul(d, inner);
    into.set(
      names[0],
      matmul(this.#points, preActivation, { transposeA: true, plus: into.get(names[0]) }),
    );
    this.#gatherBias(into, 0, preActivation);
    rayGradients.forEach((gradient, index) => {
      if (gradient === undefined) return;
      const along = directionColumn(this.#directions[index] as Direction, gradient);
      const gathered = into.get(names[0]);
      into.set(names[0], matmul(along, gradient, { transposeB: true, plus: gathered }));
    });
  }
}

interface Entry {
  output: Streams;
  value: Tensor;
  slope: Tensor;
  bend: Tensor | undefined;
  /** Derivatives of the first layer before its activation, the same at every point: [width, 1] a direction. */
  rays: readonly Tensor[];
  squares: Tensor | undefined;
}

/**
 * The first activation and the linear layer behind it. Before the activation the derivatives do not depend on the
 * point, so they scale the rows of the weights instead of every row of the batch.
 */
function enter(
  points: Tensor,
  weights: Tensor,
  bias: Tensor,
  nextWeights: Tensor,
  nextBias: Tensor,
  directions: readonly Direction[],
): Entry {
  const value = tanh(matmul(points, weights, { plus: bias }));
  const slope = slopeOf(value);
  const rays = directions.map((direction) =>
    matmul(weights, directionColumn(direction, weights), { transposeA: true }),
  );
  const curved = rays.filter((_, index) => directions[index]?.curved);
  // tanh'' = -2 s d; half of the 2 is in the length of the directions.
  const squares = curved.length === 0 ? undefined : neg(total(curved.map(square)));
  const bend = squares && mul(slope, value);
  const output = {
    value: matmul(value, nextWeights, { plus: nextBias }),
    tangents: rays.map((ray) => matmul(slope, mul(ray, nextWeights))),
    laplacian: bend && squares && matmul(bend, mul(squares, nextWeights)),
  };
  return { output, value, slope, bend, rays, squares };
}

function directionColumn({ along }: Direction, like: Tensor): Tensor {
  const data = like.type === "float64" ? Float64Array.from(along) : Float32Array.from(along);
  return constant(data, [along.length, 1]);
}

function filled(shape: readonly [number, number], value: number, like: Tensor): Tensor {
  const size = shape[0] * shape[1];
  const data = like.type === "float64" ? new Float64Array(size) : new Float32Array(size);
  return constant(data.fill(value), shape);
}

function gatherSum(into: Gradients, name: string, part: Tensor): void {
  into.set(name, plus(into.get(name), part));
}

function weightsOf(name: string, layer: number): string {
  return `${name}_weights_${layer}`;
}

function biasOf(name: string, layer: number): string {
  return `${name}_bias_${layer}`;
}
