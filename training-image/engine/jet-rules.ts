import {
  averagePool,
  cast,
  concat,
  convolution,
  cos,
  div,
  equal,
  expandLike,
  matmul,
  mul,
  neg,
  pow,
  sigmoid,
  sign,
  sin,
  softmax,
  sub,
  sum,
  transposedConvolution,
  upsample,
  where,
} from "./ops.ts";
import { type Coefficient, convolve, integrate, minus, plus, product } from "./series.ts";
import { type Series, squared, times, zerosLike } from "./series.ts";
import { nextSerial, type Operation, scalar, type Tensor } from "./tensor.ts";

/**
 * How a Taylor series goes through an operator.
 * @param y the operation itself, which is coefficient 0 of its result
 * @param inputs series of its inputs; [x] alone for what does not depend on the point
 * @returns coefficients from 0 to `order`
 */
type Rule = (y: Operation, inputs: readonly Series[], order: number) => Series;

/** Builds coefficient after coefficient; the ones before are there already. */
function each(
  y: Operation,
  order: number,
  next: (k: number, sofar: Series) => Coefficient,
): Series {
  const series: Coefficient[] = [y];
  for (let k = 1; k <= order; k++) series.push(next(k, series));
  return series;
}

/** An operator that is linear in its first input, and does not look at the others' series. */
const linear: Rule = (y, [x], order) =>
  each(y, order, (k) => {
    const coefficient = x?.[k];
    const [source, ...rest] = y.inputs;
    if (coefficient === undefined || source === undefined) return undefined;
    const expanded = expandLike(coefficient, source);
    return { ...y, inputs: [expanded, ...rest], serial: nextSerial() };
  });

/** y' = w x', where w is a function of y. Griewank and Walther (2008), section 13.2. */
const byDerivative =
  (derivative: (k: number, y: Series) => Coefficient): Rule =>
  (y, [x = []], order) => {
    const w: Coefficient[] = [];
    return each(y, order, (k, sofar) => {
      w.push(derivative(k - 1, sofar));
      return integrate(w, x, k);
    });
  };

const sineAndCosine = (x: Series, order: number) => {
  const [at] = x as [Tensor, ...Coefficient[]];
  const [s, c]: [Coefficient[], Coefficient[]] = [[sin(at)], [cos(at)]];
  for (let k = 1; k <= order; k++) {
    const next = integrate(c, x, k);
    c.push(times(integrate(s, x, k), -1));
    s.push(next);
  }
  return { s, c };
};

/** A product of images and kernels, either of which may depend on the point. */
const bilinear =
  (multiply: typeof convolution): Rule =>
  (y, [a = [], b = []], order) => {
    const [inA, inB] = y.inputs as [Tensor, Tensor];
    const of = (name: string) => (y.attributes[name] as readonly number[])[0] as number;
    const options = { padding: of("pads"), stride: of("strides"), dilation: of("dilations") };
    const whole = (p: Tensor, q: Tensor) =>
      multiply(expandLike(p, inA), expandLike(q, inB), options);
    return each(y, order, (k) => convolve(a, b, k, { multiply: whole }));
  };

/** Step functions of the point times its series. */
const scaledBy =
  (factor: (x: Tensor, y: Tensor) => Tensor): Rule =>
  (y, [x], order) =>
    each(y, order, (k) => product(x?.[k], factor(y.inputs[0] as Tensor, y)));

/** Sum over the last axis of a product, as softmax has it. */
const dot = (a: Tensor, b: Tensor) => sum(mul(a, b), [-1], true);

export const rules: Readonly<Record<string, Rule>> = {
  AveragePool: linear,
  Cast: linear,
  Expand: linear,
  Gather: linear,
  Pad: linear,
  ReduceSum: linear,
  Reshape: linear,
  Slice: linear,
  Transpose: linear,
  Neg: (y, [x], order) => each(y, order, (k) => times(x?.[k], -1)),
  Sign: (y) => [y],
  Add: (y, [a, b], order) => each(y, order, (k) => plus(a?.[k], b?.[k])),
  Sub: (y, [a, b], order) =>
    each(y, order, (k) => (a?.[k] && b?.[k] ? sub(a[k], b[k]) : (a?.[k] ?? (b?.[k] && neg(b[k]))))),
  Mul: (y, [a = [], b = []], order) =>
    each(y, order, (k) => (a === b ? squared(a, k) : convolve(a, b, k))),
  Div: (y, [a = [], b = []], order) =>
    each(y, order, (k, sofar) => {
      const rest = minus(a[k], convolve(b, sofar, k, { first: 1 }));
      return rest && div(rest, b[0] as Tensor);
    }),
  Gemm(y, [a = [], b = [], c = []], order) {
    const [inA, inB] = y.inputs as [Tensor, Tensor];
    const [transposeA, transposeB] = [y.attributes["transA"] === 1, y.attributes["transB"] === 1];
    // A direction that is the same in every row stays one row.
    const whole = (x: Tensor) =>
      !transposeA && x.shape.length === 2 && x.shape[1] === inA.shape[1] ? x : expandLike(x, inA);
    const multiply = (p: Tensor, q: Tensor) =>
      matmul(whole(p), expandLike(q, inB), { transposeA, transposeB });
    return each(y, order, (k) => plus(convolve(a, b, k, { multiply }), c[k]));
  },
  Conv: bilinear(convolution),
  ConvTranspose: bilinear(transposedConvolution),
  // Equal largest ones share the derivative, as they do the gradient.
  MaxPool(y, [x = []], order) {
    const images = x[0] as Tensor;
    const [size] = y.attributes["kernel_shape"] as readonly [number];
    const largest = cast(equal(images, upsample(y, size)), y.type);
    const share = averagePool(largest, size);
    const ofLargest = (v: Tensor) =>
      div(averagePool(mul(expandLike(v, images), largest), size), share);
    return each(y, order, (k) => x[k] && ofLargest(x[k]));
  },
  Concat: (y, parts, order) =>
    each(y, order, (k) => {
      if (parts.every((part) => part[k] === undefined)) return undefined;
      const whole = parts.map((part) => {
        const at = part[0] as Tensor;
        return part[k] === undefined ? zerosLike(at) : expandLike(part[k], at);
      });
      return concat(whole as [Tensor, ...Tensor[]], y.attributes["axis"] as number);
    }),
  Where: (y, [, a = [], b = []], order) =>
    each(y, order, (k) => {
      if (a[k] === undefined && b[k] === undefined) return undefined;
      const zero = scalar(0, y);
      return where(y.inputs[0] as Tensor, a[k] ?? zero, b[k] ?? zero);
    }),
  Relu: scaledBy((_, y) => sign(y)),
  Abs: scaledBy((x) => sign(x)),
  Exp: byDerivative((k, y) => y[k]),
  Tanh: byDerivative((k, y) =>
    k === 0 ? minus(scalar(1, y[0] as Tensor), squared(y, 0)) : times(squared(y, k), -1),
  ),
  Sigmoid: byDerivative((k, y) => minus(y[k], squared(y, k))),
  Softplus(y, [x = []], order) {
    const slope = sigmoid(x[0] as Tensor) as Operation;
    const slopes = (rules["Sigmoid"] as Rule)(slope, [x], order);
    return each(y, order, (k) => integrate(slopes, x, k));
  },
  Sin: (y, [x = []], order) => {
    const { s } = sineAndCosine(x, order);
    return each(y, order, (k) => s[k]);
  },
  Cos: (y, [x = []], order) => {
    const { c } = sineAndCosine(x, order);
    return each(y, order, (k) => c[k]);
  },
  // x y' = x'
  Log: (y, [x = []], order) =>
    each(y, order, (k, sofar) => {
      let rest = x[k];
      for (let j = 1; j < k; j++) rest = minus(rest, times(product(sofar[j], x[k - j]), j / k));
      return rest && div(rest, x[0] as Tensor);
    }),
  // y y = x
  Sqrt: (y, [x = []], order) =>
    each(y, order, (k, sofar) => {
      const rest = minus(x[k], squared([undefined, ...sofar.slice(1, k)], k));
      return rest && times(div(rest, y), 1 / 2);
    }),
  // By Taylor's theorem on the outside: exponents may be whole, and the point 0.
  Pow(y, [x = []], order) {
    const exponent = Number((y.inputs[1] as Tensor & { data: ArrayLike<number> }).data[0]);
    const step: Coefficient[] = [undefined, ...x.slice(1)];
    let powers: Coefficient[] = [scalar(1, y)];
    let factor = 1;
    const total: Coefficient[] = [y];
    for (let n = 1; n <= order; n++) {
      factor *= (exponent - n + 1) / n;
      if (factor === 0) break;
      const before = powers;
      powers = Array.from({ length: order + 1 }, (_, k) =>
        n === 1 ? step[k] : convolve(before, step, k),
      );
      const outer = times(pow(x[0] as Tensor, exponent - n), factor);
      for (let k = n; k <= order; k++) total[k] = plus(total[k], product(outer, powers[k]));
    }
    return total;
  },
  // y' = y (x' - <y, x'>)
  Softmax: (y, [x = []], order) => {
    const moves: Coefficient[] = [undefined];
    return each(y, order, (k, sofar) => {
      let mean: Coefficient;
      for (let j = 1; j <= k; j++) mean = plus(mean, times(product(sofar[k - j], x[j], dot), j));
      moves.push(minus(times(x[k], k), mean));
      return times(convolve(sofar, moves, k, { last: k - 1 }), 1 / k);
    });
  },
  // y' = x' - <softmax, x'>
  LogSoftmax: (y, [x = []], order) => {
    const chances = softmax(x[0] as Tensor) as Operation;
    const shares = (rules["Softmax"] as Rule)(chances, [x], order);
    return each(y, order, (k) => minus(x[k], integrate(shares, x, k, dot)));
  },
};
