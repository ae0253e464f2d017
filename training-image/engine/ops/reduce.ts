import { constant, elementCount, type Shape, type Size, type Tensor } from "../tensor.ts";
import { exp, mul, scale, sub } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { axisOf, int64, operation } from "./operation.ts";
import { expandLike, reshape } from "./shape.ts";

/** Sum over some axes (negative ones count from the end), or over all of them. */
export function sum(x: Tensor, axes?: readonly number[], keepDimensions = false): Tensor {
  const all = [...x.shape.keys()];
  const chosen = axes === undefined ? all : axes.map((axis) => axisOf(x, axis));
  if (chosen.length === 0) return x;
  const kept = x.shape.map((size, axis) => (chosen.includes(axis) ? 1 : size));
  const shape = keepDimensions ? kept : x.shape.filter((_, axis) => !chosen.includes(axis));
  return operation("ReduceSum", [x, int64(chosen)], {
    shape,
    attributes: { keepdims: Number(keepDimensions) },
    pullback: (g) => [expandLike(keepDimensions ? g : reshape(g, kept), x)],
  });
}

/** Mean over some axes, or over all of them; their sizes must be known. */
export function mean(x: Tensor, axes?: readonly number[], keepDimensions = false): Tensor {
  const chosen = axes === undefined ? [...x.shape.keys()] : axes.map((axis) => axisOf(x, axis));
  const count = elementCount(chosen.map((axis) => x.shape[axis] as Size));
  return scale(sum(x, axes, keepDimensions), 1 / count);
}

/** Over the last axis. */
export function softmax(x: Tensor): Tensor {
  return operation("Softmax", [x], {
    shape: x.shape,
    attributes: { axis: -1 },
    pullback: (g, y) => [mul(y, sub(g, sum(mul(g, y), [-1], true)))],
  });
}

/** Over the last axis; does not overflow where `log(softmax(x))` would. */
export function logSoftmax(x: Tensor): Tensor {
  return operation("LogSoftmax", [x], {
    shape: x.shape,
    attributes: { axis: -1 },
    pullback: (g, y) => [sub(g, mul(exp(y), sum(g, [-1], true)))],
  });
}

/** Index of the largest element of each row, as int64. */
export function argMax(x: Tensor): Tensor {
  return operation("ArgMax", [x], {
    shape: x.shape.slice(0, -1),
    type: "int64",
    attributes: { axis: -1, keepdims: 0 },
  });
}

/** Undoes a broadcast: sums a gradient over the axes along which a tensor was stretched. */
export function sumTo(gradient: Tensor, shape: Shape): Tensor {
  const extra = gradient.shape.length - shape.length;
  const axes = [...gradient.shape.keys()].filter(
    (axis) => axis < extra || (shape[axis - extra] === 1 && gradient.shape[axis] !== 1),
  );
  if (axes.length === 0) return gradient;
  const [rows] = gradient.shape;
  // A product with a row of ones sums the columns of a matrix faster than ReduceSum does.
  const summed =
    gradient.shape.length === 2 && axes.length === 1 && axes[0] === 0 && typeof rows === "number"
      ? matmul(ones(rows, gradient), gradient)
      : sum(gradient, axes, true);
  return extra === 0 ? summed : reshape(summed, shape);
}

function ones(count: number, like: Tensor): Tensor {
  const data = like.type === "float64" ? new Float64Array(count) : new Float32Array(count);
  return constant(data.fill(1), [1, count]);
}
