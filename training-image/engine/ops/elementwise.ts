import { broadcast, scalar, type Tensor } from "../tensor.ts";
import { operation } from "./operation.ts";
import { sumTo } from "./reduce.ts";
import { greater, where } from "./choose.ts";

export function add(a: Tensor, b: Tensor): Tensor {
  return operation("Add", [a, b], {
    shape: broadcast(a.shape, b.shape),
    pullback: (g) => [sumTo(g, a.shape), sumTo(g, b.shape)],
  });
}

export function sub(a: Tensor, b: Tensor): Tensor {
  return operation("Sub", [a, b], {
    shape: broadcast(a.shape, b.shape),
    pullback: (g) => [sumTo(g, a.shape), sumTo(neg(g), b.shape)],
  });
}

export function mul(a: Tensor, b: Tensor): Tensor {
  return operation("Mul", [a, b], {
    shape: broadcast(a.shape, b.shape),
    pullback: (g) => [sumTo(mul(g, b), a.shape), sumTo(mul(g, a), b.shape)],
  });
}

export function div(a: Tensor, b: Tensor): Tensor {
  return operation("Div", [a, b], {
    shape: broadcast(a.shape, b.shape),
    pullback: (g, y) => [sumTo(div(g, b), a.shape), sumTo(neg(div(mul(g, y), b)), b.shape)],
  });
}

export function neg(x: Tensor): Tensor {
  return operation("Neg", [x], { shape: x.shape, pullback: (g) => [neg(g)] });
}

/** Multiplies by a plain number. */
export function scale(x: Tensor, factor: number): Tensor {
  return mul(x, scalar(factor, x));
}

/** Adds a plain number. */
export function shift(x: Tensor, by: number): Tensor {
  return add(x, scalar(by, x));
}

export function square(x: Tensor): Tensor {
  return mul(x, x);
}

/** `x` to the power of a plain number; positive `x` where the exponent is no whole number. */
export function pow(x: Tensor, exponent: number): Tensor {
  return operation("Pow", [x, scalar(exponent, x)], {
    shape: x.shape,
    pullback: (g) => [exponent === 0 ? undefined : mul(g, scale(pow(x, exponent - 1), exponent))],
  });
}

export function sqrt(x: Tensor): Tensor {
  return operation("Sqrt", [x], {
    shape: x.shape,
    pullback: (g, y) => [scale(div(g, y), 0.5)],
  });
}

export function exp(x: Tensor): Tensor {
  return operation("Exp", [x], { shape: x.shape, pullback: (g, y) => [mul(g, y)] });
}

export function log(x: Tensor): Tensor {
  return operation("Log", [x], { shape: x.shape, pullback: (g) => [div(g, x)] });
}

export function sin(x: Tensor): Tensor {
  return operation("Sin", [x], { shape: x.shape, pullback: (g) => [mul(g, cos(x))] });
}

export function cos(x: Tensor): Tensor {
  return operation("Cos", [x], { shape: x.shape, pullback: (g) => [neg(mul(g, sin(x)))] });
}

export function tanh(x: Tensor): Tensor {
  return operation("Tanh", [x], {
    shape: x.shape,
    pullback: (g, y) => [mul(g, sub(scalar(1, y), square(y)))],
  });
}

export function sigmoid(x: Tensor): Tensor {
  return operation("Sigmoid", [x], {
    shape: x.shape,
    pullback: (g, y) => [mul(g, mul(y, sub(scalar(1, y), y)))],
  });
}

/** log(1 + exp(x)), without overflow. */
export function softplus(x: Tensor): Tensor {
  return operation("Softplus", [x], { shape: x.shape, pullback: (g) => [mul(g, sigmoid(x))] });
}

/** The derivative at 0 is taken as 0. */
export function relu(x: Tensor): Tensor {
  return operation("Relu", [x], { shape: x.shape, pullback: (g, y) => [mul(g, sign(y))] });
}

/** The derivative at 0 is taken as 0. */
export function abs(x: Tensor): Tensor {
  return operation("Abs", [x], { shape: x.shape, pullback: (g) => [mul(g, sign(x))] });
}

/** -1, 0 or 1; its derivative is 0 wherever it has one, so no gradient flows through it. */
export function sign(x: Tensor): Tensor {
  return operation("Sign", [x], { shape: x.shape, pullback: () => [undefined] });
}

/** The larger of two; where they are equal, the gradient goes to `b`. */
export function maximum(a: Tensor, b: Tensor): Tensor {
  return where(greater(a, b), a, b);
}

/** The smaller of two; where they are equal, the gradient goes to `a`. */
export function minimum(a: Tensor, b: Tensor): Tensor {
  return where(greater(a, b), b, a);
}
