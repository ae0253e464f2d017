import { add, matmul, mul, neg, square, sub, tanh } from "../../../engine/ops.ts";
import { scalar, type Tensor } from "../../../engine/tensor.ts";

/** A derivative along a direction of the input space. */
export interface Direction {
  /** The direction; its length scales the derivative. */
  along: readonly number[];
  /** Whether the second-order stream counts it: with half of its second derivative. */
  curved: boolean;
}

/**
 * What goes through a network beside its value: derivatives along directions and, where one of these is curved, a
 * second-order operator: half of the second derivatives along the curved directions, and `drift` times the gradient
 * (the generator of a diffusion). It goes through as one stream, however many derivatives it is made of.
 */
export interface Derivatives {
  directions: readonly Direction[];
  /** At each point, what all directions are multiplied by: [rows, 1]. @default 1 */
  spread?: Tensor;
  /** At each point, how much the operator counts the first derivative by each input: [rows, inputs]. @default 0 */
  drift?: Tensor;
}

/** What goes through a layer together: values, derivatives along directions, and the second-order operator. */
export interface Streams {
  value: Tensor;
  tangents: readonly Tensor[];
  second?: Tensor | undefined;
}

/** What comes out of a linear layer. */
export interface LinearStreams extends Omit<Streams, "second"> {
  /** Written down when it is asked for: after what is added to it, so that the runtime begins with it. */
  second?: (() => Tensor) | undefined;
}

/** Gradients of a scalar by streams; what it does not depend on is left out. */
export interface StreamGradients {
  value?: Tensor | undefined;
  tangents: readonly (Tensor | undefined)[];
  second?: Tensor | undefined;
}

/** An activation that has been applied, and its derivative. */
export interface Layer {
  output: Streams;
  backward(gradients: StreamGradients): StreamGradients;
}

/** tanh of streams: h = s, h_k = d z_k, and d (P z - s q) with s = tanh z, d = 1 - s^2, q the sum of curved z_k^2. */
export function activate(z: LinearStreams, directions: readonly Direction[]): Layer {
  const s = tanh(z.value);
  const isCurved = directions.map(({ curved }) => curved);
  const { tangents } = z;
  const d = slopeOf(s);
  const outputs = tangents.map((tangent) => mul(d, tangent));
  const curved = tangents.filter((_, index) => isCurved[index]);
  const q = z.second && total(curved.map(square));
  const fall = q && mul(s, q);
  const bent = fall && z.second && mul(d, sub(z.second(), fall));
  return {
    output: { value: s, tangents: outputs, second: bent },
    backward(gradients) {
      const along = gradients.second && mul(d, gradients.second);
      const falls = [
        ...outputs.map((output, index) => times(gradients.tangents[index], output)),
        times(gradients.second, bent),
      ].filter((part) => part !== undefined);
      const twice = add(s, s);
      const twiceAlong = along && mul(twice, along);
      const direct = along && q ? minus(gradients.value, mul(q, along)) : gradients.value;
      return {
        value: minus(
          direct && mul(d, direct),
          falls.length > 0 ? mul(twice, total(falls)) : undefined,
        ),
        tangents: tangents.map((tangent, index) => {
          const gradient = gradients.tangents[index];
          const straight = gradient && mul(d, gradient);
          return minus(straight, isCurved[index] ? times(twiceAlong, tangent) : undefined);
        }),
        second: along,
      };
    },
  };
}

/** The linear layer behind an activation; its bias shifts values and no derivative. */
export function linear(h: Streams, weights: Tensor, bias: Tensor): LinearStreams {
  const { second } = h;
  return {
    value: matmul(h.value, weights, { plus: bias }),
    tangents: h.tangents.map((tangent) => matmul(tangent, weights)),
    second: second && (() => matmul(second, weights)),
  };
}

/** 1 - s^2: the derivative of tanh by its result. */
export function slopeOf(value: Tensor): Tensor {
  return sub(scalar(1, value), square(value));
}

export function total(parts: readonly Tensor[]): Tensor {
  return parts.reduce((sofar, part) => add(sofar, part));
}

export function plus(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  return a && b ? add(a, b) : (a ?? b);
}

export function minus(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  if (b === undefined) return a;
  return a === undefined ? neg(b) : sub(a, b);
}

export function times(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  return a && b && mul(a, b);
}
