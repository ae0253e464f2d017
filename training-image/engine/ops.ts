import {
  type Attributes,
  broadcast,
  constant,
  elementCount,
  type ElementType,
  type Pullback,
  scalar,
  type Shape,
  type Tensor,
} from "./tensor.ts";

/** Number of an element type in ONNX's `TensorProto.DataType`; `Cast` names its target by it. */
export const onnxType: Record<ElementType, number> = {
  float32: 1,
  int64: 7,
  bool: 9,
  float64: 11,
};

interface Result {
  shape: Shape;
  type?: ElementType;
  attributes?: Attributes;
  pullback?: Pullback;
}

function operation(
  operator: string,
  inputs: readonly [Tensor, ...Tensor[]],
  result: Result,
): Tensor {
  const { shape, type = inputs[0].type, attributes = {}, pullback } = result;
  const node = { kind: "operation" as const, operator, inputs, attributes, shape, type };
  return pullback === undefined ? node : { ...node, pullback };
}

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

export function square(x: Tensor): Tensor {
  return mul(x, x);
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

export function tanh(x: Tensor): Tensor {
  return operation("Tanh", [x], {
    shape: x.shape,
    pullback: (g, y) => [mul(g, sub(scalar(1, y), square(y)))],
  });
}

/** The derivative at 0 is taken as 0. */
export function relu(x: Tensor): Tensor {
  return operation("Relu", [x], { shape: x.shape, pullback: (g, y) => [mul(g, sign(y))] });
}

/** -1, 0 or 1; its derivative is 0 wherever it has one, so no gradient flows through it. */
export function sign(x: Tensor): Tensor {
  return operation("Sign", [x], { shape: x.shape });
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

export interface MatmulOptions {
  /** Multiply by the transpose of `a`. @default false */
  transposeA?: boolean;
  /** Multiply by the transpose of `b`. @default false */
  transposeB?: boolean;
}

/** Product of two matrices. One `Gemm` takes the transposes along, so that gradients need no copies. */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false } = options;
  const [rows, innerA] = matrixShape(a, transposeA);
  const [innerB, columns] = matrixShape(b, transposeB);
  if (innerA !== innerB) {
    throw new RangeError(`matmul: inner sizes ${innerA} and ${innerB} differ`);
  }
  return operation("Gemm", [a, b], {
    shape: [rows, columns],
    attributes: { transA: Number(transposeA), transB: Number(transposeB) },
    pullback: (g) => [
      transposeA
        ? matmul(b, g, { transposeA: transposeB, transposeB: true })
        : matmul(g, b, { transposeB: !transposeB }),
      transposeB
        ? matmul(g, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, g, { transposeA: !transposeA }),
    ],
  });
}

/** Sum over some axes (negative ones count from the end), or over all of them. */
export function sum(x: Tensor, axes?: readonly number[], keepDimensions = false): Tensor {
  const rank = x.shape.length;
  const all = [...x.shape.keys()];
  const chosen = axes === undefined ? all : axes.map((axis) => (axis < 0 ? axis + rank : axis));
  if (chosen.length === 0) return x;
  const kept = x.shape.map((size, axis) => (chosen.includes(axis) ? 1 : size));
  const shape = keepDimensions ? kept : x.shape.filter((_, axis) => !chosen.includes(axis));
  return operation("ReduceSum", [x, int64(chosen)], {
    shape,
    attributes: { keepdims: Number(keepDimensions) },
    pullback: (g) => [expand(keepDimensions ? g : reshape(g, kept), x.shape)],
  });
}

/** Mean over some axes, or over all of them; their sizes must be known. */
export function mean(x: Tensor, axes?: readonly number[]): Tensor {
  const total = sum(x, axes);
  return scale(total, elementCount(total.shape) / elementCount(x.shape));
}

/** At most one size may be known only at run time. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const target = shape.map((size) => (typeof size === "string" ? -1 : size));
  return operation("Reshape", [x, int64(target)], {
    shape,
    pullback: (g) => [reshape(g, x.shape)],
  });
}

/** Stretches sizes of 1 to those of `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const target = shape.map((size) => (typeof size === "string" ? 1 : size));
  return operation("Expand", [x, int64(target)], { shape, pullback: (g) => [sumTo(g, x.shape)] });
}

/** Part of a vector, from `start` to before `end`. It is used to unpack parameters and has no gradient. */
export function slice(x: Tensor, start: number, end: number): Tensor {
  return operation("Slice", [x, int64([start]), int64([end])], { shape: [end - start] });
}

/** Vectors one after the other; used to pack gradients, and has none itself. */
export function concat(parts: readonly [Tensor, ...Tensor[]]): Tensor {
  const length = parts.reduce((count, part) => count + elementCount(part.shape), 0);
  return operation("Concat", parts, { shape: [length], attributes: { axis: 0 } });
}

/** The element of a vector that an int64 scalar numbers. */
export function at(vector: Tensor, index: Tensor): Tensor {
  return operation("Gather", [vector, index], { shape: [], attributes: { axis: 0 } });
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
function sumTo(gradient: Tensor, shape: Shape): Tensor {
  const extra = gradient.shape.length - shape.length;
  const axes = [...gradient.shape.keys()].filter(
    (axis) => axis < extra || (shape[axis - extra] === 1 && gradient.shape[axis] !== 1),
  );
  if (axes.length === 0) return gradient;
  const summed = sum(gradient, axes, true);
  return extra === 0 ? summed : reshape(summed, shape);
}

function matrixShape(x: Tensor, transpose: boolean) {
  const [rows, columns] = x.shape;
  if (rows === undefined || columns === undefined || x.shape.length !== 2) {
    throw new RangeError(`matmul: [${x.shape.join(", ")}] is not a matrix`);
  }
  return transpose ? ([columns, rows] as const) : ([rows, columns] as const);
}

function int64(values: readonly number[]): Tensor {
  return constant(BigInt64Array.from(values.map(BigInt)), [values.length]);
}
