import { add, matmul, mul, neg, reshape, scale, square, sum, tanh } from "../../../engine/ops.ts";
import { constant, type Tensor } from "../../../engine/tensor.ts";
import {
  filled,
  gatherBias,
  gatherProduct,
  gatherSum,
  type Gradients,
  type LinearLayer,
} from "./gathering.ts";
import {
  type Derivatives,
  type Direction,
  type LinearStreams,
  minus,
  plus,
  slopeOf,
  type StreamGradients,
  total,
} from "./streams.ts";

/** Gradients by what `Derivatives` take of each point; undefined where they take nothing. */
export interface PointGradients {
  spread: Tensor | undefined;
  drift: Tensor | undefined;
}

/**
 * The first activation and the linear layer behind it. Before the activation the derivatives along the directions are
 * the same at all points, but for their spread: they scale the rows of the next weights instead of every row of the
 * batch.
 */
export class Entry {
  readonly output: LinearStreams;
  readonly #points: Tensor;
  readonly #first: LinearLayer;
  readonly #next: LinearLayer;
  readonly #derivatives: Derivatives;
  /** s = tanh z, d = 1 - s^2, and d times the spread. */
  readonly #value: Tensor;
  readonly #slope: Tensor;
  readonly #spreadSlope: Tensor;
  /** Derivatives of z along the directions, without their spread: [width, 1] each. */
  readonly #rays: readonly Tensor[];
  readonly #second: Second | undefined;

  /** @param points [rows, inputs] */
  constructor(points: Tensor, first: LinearLayer, next: LinearLayer, derivatives: Derivatives) {
    const { directions, spread } = derivatives;
    this.#points = points;
    this.#first = first;
    this.#next = next;
    this.#derivatives = derivatives;
    this.#value = tanh(matmul(points, first.weights, { plus: first.bias }));
    this.#slope = slopeOf(this.#value);
    this.#spreadSlope = spread ? mul(spread, this.#slope) : this.#slope;
    this.#rays = directions.map((direction) =>
      matmul(first.weights, columnAlong(direction, points), { transposeA: true }),
    );
    const second = this.#secondOrder();
    this.#second = second;
    this.output = {
      value: matmul(this.#value, next.weights, { plus: next.bias }),
      tangents: this.#rays.map((ray) => matmul(this.#spreadSlope, mul(ray, next.weights))),
      second: second && (() => matmul(second.output, next.weights)),
    };
  }

  /** @param gradients by the streams of `output` */
  backward(gradients: StreamGradients, into: Gradients): PointGradients {
    const { weights, weightsName, biasName } = this.#next;
    const [s, d, { spread }] = [this.#value, this.#slope, this.#derivatives];
    const tangents = this.#tangentsBackward(gradients.tangents, into);
    const second = gradients.second && this.#secondBackward(gradients.second, into);
    const { value } = gradients;
    if (value !== undefined) {
      gatherProduct(into, weightsName, s, value);
      gatherBias(into, biasName, value);
    }
    const direct = value
      ? matmul(value, weights, { transposeB: true, plus: second?.value })
      : second?.value;
    const bySpreadSlope = tangents.spreadSlope;
    const bySlope = plus(
      bySpreadSlope && spread ? mul(spread, bySpreadSlope) : bySpreadSlope,
      second?.slope,
    );
    const inner = minus(direct, bySlope && mul(add(s, s), bySlope));
    if (inner === undefined) throw new Error("network: nothing depends on this pass");
    this.#firstBackward(mul(d, inner), plusEach(tangents.rays, second?.rays ?? []), into);
    const bySpread = spread && bySpreadSlope && rowSums(mul(d, bySpreadSlope));
    return { spread: plus(bySpread, second?.spread), drift: second?.drift };
  }

  #secondOrder(): Second | undefined {
    const { directions, spread, drift } = this.#derivatives;
    const curved = this.#rays.filter((_, index) => directions[index]?.curved);
    if (curved.length === 0) return undefined;
    const { weights } = this.#first;
    // Half of tanh'' is -s d.
    const squares = neg(total(curved.map(square)));
    const bend = spread
      ? matmul(square(spread), squares, { transposeB: true })
      : reshape(squares, [1, weights.shape[1] as number]);
    const fall = mul(this.#value, bend);
    const inner = drift ? matmul(drift, weights, { plus: fall }) : fall;
    return { squares, bend, inner, output: mul(this.#slope, inner) };
  }

  #tangentsBackward(gradients: readonly (Tensor | undefined)[], into: Gradients) {
    const { weights, weightsName } = this.#next;
    let spreadSlope: Tensor | undefined;
    const rays = this.#rays.map((ray, index) => {
      const gradient = gradients[index];
      if (gradient === undefined) return undefined;
      spreadSlope = matmul(gradient, mul(ray, weights), { transposeB: true, plus: spreadSlope });
      const product = matmul(this.#spreadSlope, gradient, { transposeA: true });
      gatherSum(into, weightsName, mul(ray, product));
      return sum(mul(product, weights), [1], true);
    });
    return { spreadSlope, rays };
  }

  #secondBackward(gradient: Tensor, into: Gradients): SecondGradients {
    const { directions, spread, drift } = this.#derivatives;
    const second = this.#second;
    if (second === undefined) throw new Error("network: no direction is curved");
    gatherProduct(into, this.#next.weightsName, second.output, gradient);
    const back = matmul(gradient, this.#next.weights, { transposeB: true });
    const along = mul(this.#slope, back);
    const byBend = mul(along, this.#value);
    const rows = Number(along.shape[0]);
    const spreads = spread ? square(spread) : filled([rows, 1], 1, along);
    const bySquares = matmul(byBend, spreads, { transposeA: true });
    const { weights, weightsName } = this.#first;
    if (drift) gatherProduct(into, weightsName, drift, along);
    return {
      value: mul(along, second.bend),
      slope: mul(back, second.inner),
      rays: this.#rays.map((ray, index) =>
        directions[index]?.curved ? scale(mul(ray, bySquares), -2) : undefined,
      ),
      spread: spread && mul(scale(spread, 2), matmul(byBend, second.squares)),
      drift: drift && matmul(along, weights, { transposeB: true }),
    };
  }

  #firstBackward(
    preActivation: Tensor,
    rays: readonly (Tensor | undefined)[],
    into: Gradients,
  ): void {
    const { weightsName, biasName } = this.#first;
    gatherProduct(into, weightsName, this.#points, preActivation);
    gatherBias(into, biasName, preActivation);
    rays.forEach((gradient, index) => {
      if (gradient === undefined) return;
      const column = columnAlong(this.#derivatives.directions[index] as Direction, gradient);
      const gathered = into.get(weightsName);
      into.set(weightsName, matmul(column, gradient, { transposeB: true, plus: gathered }));
    });
  }
}

/** The second-order stream of the first activation: `output` = d `inner`, `inner` = drift . gradient z + s `bend`. */
interface Second {
  /** Minus the sum of the squares of the curved rays: [width, 1]. */
  squares: Tensor;
  /** The same times the square of the spread, at every point. */
  bend: Tensor;
  inner: Tensor;
  output: Tensor;
}

/** What comes back through the second-order stream. */
interface SecondGradients {
  value: Tensor;
  slope: Tensor;
  rays: readonly (Tensor | undefined)[];
  spread: Tensor | undefined;
  drift: Tensor | undefined;
}

/**
 * The row of ones is the left factor: a constant on the right would be laid out anew where the runtime can see that it
 * is one, which it cannot in an inner loop, and the sum would be of another order.
 */
function rowSums(x: Tensor): Tensor {
  const ones = filled([1, Number(x.shape[1])], 1, x);
  return reshape(matmul(ones, x, { transposeB: true }), [Number(x.shape[0]), 1]);
}

function plusEach(
  a: readonly (Tensor | undefined)[],
  b: readonly (Tensor | undefined)[],
): (Tensor | undefined)[] {
  return a.map((part, index) => plus(part, b[index]));
}

function columnAlong({ along }: Direction, like: Tensor): Tensor {
  const data = like.type === "float64" ? Float64Array.from(along) : Float32Array.from(along);
  return constant(data, [along.length, 1]);
}
