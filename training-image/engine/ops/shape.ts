import { broadcast, resultsOf, type Shape, type Size, type Tensor, zeros } from "../tensor.ts";
import { axisOf, int64, operation } from "./operation.ts";
import { sumTo } from "./reduce.ts";

/** At most one size may be known only at run time. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (String(shape) === String(x.shape)) return x;
  const target = shape.map((size) => (typeof size === "string" ? -1 : size));
  return operation("Reshape", [x, int64(target)], {
    shape,
    pullback: (g) => [reshape(g, x.shape)],
  });
}

/**
 * Stretches sizes of 1 to those of `shape`.
 * @throws RangeError where a size would be stretched to one that is known only when the graph runs
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (String(broadcast(x.shape, shape)) !== String(shape)) {
    throw new RangeError(
      `expand: [${x.shape.join(", ")}] does not stretch to [${shape.join(", ")}]`,
    );
  }
  const missing = shape.length - x.shape.length;
  const target = shape.map((size, axis) => {
    if (typeof size === "number") return size;
    if (x.shape[axis - missing] === size) return 1;
    throw new RangeError(`expand: size '${size}' is known only when the graph runs`);
  });
  return operation("Expand", [x, int64(target)], { shape, pullback: (g) => [sumTo(g, x.shape)] });
}

/** Stretches sizes of 1 to those of another tensor, whose sizes may be known only when the graph runs. */
export function expandLike(x: Tensor, like: Tensor): Tensor {
  const { shape } = like;
  if (String(shape) === String(x.shape)) return x;
  if (shape.every((size) => typeof size === "number")) return expand(x, shape);
  const sizes = operation("Shape", [like], { shape: [shape.length], type: "int64" });
  return operation("Expand", [x, sizes], { shape, pullback: (g) => [sumTo(g, x.shape)] });
}

/** Axes in another order. @default reversed */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  const axes = order?.map((axis) => axisOf(x, axis)) ?? [...x.shape.keys()].reverse();
  const back = axes.map((_, axis) => axes.indexOf(axis));
  return operation("Transpose", [x], {
    shape: axes.map((axis) => x.shape[axis] as Size),
    attributes: { perm: axes },
    pullback: (g) => [transpose(g, back)],
  });
}

/** Part of a tensor along one axis, from `start` to before `end`; both count from 0. */
export function slice(x: Tensor, start: number, end: number, axis = 0): Tensor {
  const along = axisOf(x, axis);
  const size = x.shape[along] as Size;
  if (typeof size === "string" || start < 0 || end > size || start >= end) {
    throw new RangeError(`slice: ${start} to ${end} does not lie in axis ${axis}, of size ${size}`);
  }
  return operation("Slice", [x, int64([start]), int64([end]), int64([along])], {
    shape: resized(x.shape, along, end - start),
    pullback: (g) => [pad(g, start, size - end, along)],
  });
}

/** Zeros before and after a tensor along one axis. */
export function pad(x: Tensor, before: number, after: number, axis = 0): Tensor {
  if (before === 0 && after === 0) return x;
  const along = axisOf(x, axis);
  const size = x.shape[along] as number;
  const rank = x.shape.length;
  const widths = new Array<number>(2 * rank).fill(0);
  [widths[along], widths[along + rank]] = [before, after];
  return operation("Pad", [x, int64(widths)], {
    shape: resized(x.shape, along, size + before + after),
    pullback: (g) => [slice(g, before, before + size, along)],
  });
}

/** Tensors one after the other along one axis. */
export function concat(parts: readonly [Tensor, ...Tensor[]], axis = 0): Tensor {
  const [first] = parts;
  const along = axisOf(first, axis);
  const sizes = parts.map((part) => {
    const size = part.shape[along];
    const rest = resized(part.shape, along, 0);
    if (typeof size !== "number" || String(rest) !== String(resized(first.shape, along, 0))) {
      const shapes = `[${first.shape.join(", ")}] and [${part.shape.join(", ")}]`;
      throw new RangeError(`concat: ${shapes} do not join along axis ${axis}`);
    }
    return size;
  });
  const ends = sizes.map((_, index) => total(sizes.slice(0, index + 1)));
  return operation("Concat", parts, {
    shape: resized(first.shape, along, total(sizes)),
    attributes: { axis: along },
    pullback: (g) =>
      parts.map((_, index) => slice(g, ends[index - 1] ?? 0, ends[index] as number, along)),
  });
}

/** Cuts a vector in pieces of these lengths, which make it up. */
export function split(vector: Tensor, lengths: readonly number[]): Tensor[] {
  if (String(vector.shape) !== String([total(lengths)])) {
    throw new RangeError(`split: [${vector.shape.join(", ")}] is not ${lengths.join(" + ")} long`);
  }
  if (lengths.length === 1) return [vector];
  return resultsOf({
    operator: "Split",
    inputs: [vector, int64(lengths)],
    attributes: { axis: 0 },
    results: lengths.map((length) => ({ type: vector.type, shape: [length] })),
    pullback(gradients) {
      const parts = lengths.map(
        (length, index) => gradients[index] ?? zeros([length], vector.type),
      );
      return [concat(parts as [Tensor, ...Tensor[]])];
    },
  });
}

function resized(shape: Shape, axis: number, size: number): Shape {
  return shape.map((other, index) => (index === axis ? size : other));
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}
