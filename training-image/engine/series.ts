import { add, expandLike, mul, scale } from "./ops.ts";
import { scalar, type Tensor } from "./tensor.ts";

/**
 * Coefficients of a truncated Taylor series x(t) = x_0 + x_1 t + x_2 t^2 + ...; undefined where one is 0. All but the
 * first may be of a smaller shape that stretches to that of the first.
 */
export type Series = readonly (Tensor | undefined)[];

export type Coefficient = Tensor | undefined;

export function plus(a: Coefficient, b: Coefficient): Coefficient {
  return a && b ? add(a, b) : (a ?? b);
}

export function minus(a: Coefficient, b: Coefficient): Coefficient {
  return plus(a, times(b, -1));
}

export function times(a: Coefficient, factor: number): Coefficient {
  if (a === undefined || factor === 1) return a;
  return factor === 0 ? undefined : scale(a, factor);
}

export function product(a: Coefficient, b: Coefficient, multiply = mul): Coefficient {
  return a && b && multiply(a, b);
}

/** Coefficient `k` of a product of two series: the sum of a_j b_(k-j) over `j` from `first` to `last`. */
export function convolve(
  a: Series,
  b: Series,
  k: number,
  { first = 0, last = k, multiply = mul } = {},
): Coefficient {
  let total: Coefficient;
  for (let j = first; j <= last; j++) total = plus(total, product(a[j], b[k - j], multiply));
  return total;
}

/** Coefficient `k` of the square of a series, with every pair of factors once. */
export function squared(a: Series, k: number): Coefficient {
  let pairs: Coefficient;
  for (let j = 0; 2 * j < k; j++) pairs = plus(pairs, product(a[j], a[k - j]));
  const middle = k % 2 === 0 ? product(a[k / 2], a[k / 2]) : undefined;
  return plus(times(pairs, 2), middle);
}

/** Coefficient `k` of the y with y' = w x', for which w is needed up to k - 1. */
export function integrate(w: Series, x: Series, k: number, multiply = mul): Coefficient {
  let total: Coefficient;
  for (let j = 1; j <= k; j++) total = plus(total, times(product(w[k - j], x[j], multiply), j / k));
  return total;
}

export function zerosLike(x: Tensor): Tensor {
  return expandLike(scalar(0, x), x);
}
