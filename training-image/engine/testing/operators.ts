import * as ops from "../ops.ts";
import { constant, type Tensor } from "../tensor.ts";
import type { Probe } from "./finite-differences.ts";

const positive = [0.5, 2] as const;
const indices = constant(Int32Array.of(2, 0, 2, 1), [2, 2]);
const mask = constant(Uint8Array.of(1, 0, 0, 1), [2, 2]);
const a = (...shape: number[]) => shape;

const one = (build: (x: Tensor) => Tensor, shape = a(2, 3), range?: Probe["range"]): Probe =>
  range === undefined ? { shapes: [shape], build } : { shapes: [shape], build, range };
const two = (
  build: (x: Tensor, y: Tensor) => Tensor,
  first: number[],
  second: number[],
  range: Probe["range"] = [-1, 1],
): Probe => ({ shapes: [first, second], build: (x, y) => build(x, y as Tensor), range });

const image = (build: (x: Tensor) => Tensor, size: number): Probe => ({
  shapes: [a(1, 2, size, size)],
  build,
  // Far apart, so that a step leaves the largest of a window the largest.
  range: [-10, 10],
  type: "float32",
});
const images = (
  build: (x: Tensor, y: Tensor) => Tensor,
  first: number[],
  second: number[],
): Probe => ({ ...two(build, first, second), type: "float32" });

/** Operators by exported name, in the ways in which they are used. */
export const differentiable: Record<string, Record<string, Probe>> = {
  add: {
    "same shapes": two(ops.add, a(3, 4), a(3, 4)),
    "a stretched row": two(ops.add, a(3, 4), a(4)),
    "a stretched column": two(ops.add, a(3, 1), a(3, 4)),
    "a stretched first axis of three": two(ops.add, a(2, 3, 2), a(3, 1)),
  },
  sub: { "a stretched row": two(ops.sub, a(2, 3), a(1, 3)) },
  mul: {
    "a stretched column": two(ops.mul, a(2, 3), a(2, 1)),
    "a scalar": two(ops.mul, a(2, 3), a()),
  },
  div: { "a stretched row": two(ops.div, a(2, 3), a(3), positive) },
  neg: { any: one(ops.neg) },
  scale: { any: one((x) => ops.scale(x, -2.5)) },
  shift: { any: one((x) => ops.shift(x, -2.5)) },
  square: { any: one(ops.square) },
  pow: {
    "a whole number": one((x) => ops.pow(x, 3), a(5), [-2, -0.5]),
    "a fraction": one((x) => ops.pow(x, 1.7), a(5), positive),
    "a negative number": one((x) => ops.pow(x, -2), a(5), positive),
    one: one((x) => ops.pow(x, 1), a(5)),
  },
  sqrt: { positive: one(ops.sqrt, a(5), positive) },
  exp: { any: one(ops.exp) },
  log: { positive: one(ops.log, a(5), positive) },
  sin: { any: one(ops.sin) },
  cos: { any: one(ops.cos) },
  tanh: { any: one(ops.tanh) },
  sigmoid: { any: one(ops.sigmoid) },
  softplus: { any: { ...one(ops.softplus), type: "float32" } },
  relu: { positive: one(ops.relu, a(6), [0.1, 1]), both: one(ops.relu, a(20), [-3, 3]) },
  abs: { both: one(ops.abs, a(20), [-3, 3]) },
  maximum: { "a stretched row": two(ops.maximum, a(4, 3), a(3)) },
  minimum: { "a stretched row": two(ops.minimum, a(4, 3), a(3)) },
  where: { "a stretched row": two((x, y) => ops.where(mask, x, y), a(2, 2), a(2)) },
  fillMissing: { "nothing missing": one((x) => ops.fillMissing(x, ops.sum(x))) },
  cast: { "to itself": one((x) => ops.cast(x, "float64")) },
  softmax: { rows: one(ops.softmax, a(3, 4)) },
  logSoftmax: { rows: one(ops.logSoftmax, a(3, 4)) },
  sum: {
    "all axes": one((x) => ops.sum(x)),
    "the first axis": one((x) => ops.sum(x, [0])),
    "the last axis, kept": one((x) => ops.sum(x, [-1], true)),
    "two of three": one((x) => ops.sum(x, [0, 2]), a(2, 3, 2)),
  },
  mean: {
    "all axes": one((x) => ops.mean(x)),
    "the last axis": one((x) => ops.mean(x, [1])),
    "the first axis, kept": one((x) => ops.mean(x, [0], true)),
  },
  sumTo: {
    "a row": one((x) => ops.sumTo(x, [3])),
    "a column": one((x) => ops.sumTo(x, [2, 1])),
    "a row with its axis": one((x) => ops.sumTo(x, [1, 3])),
  },
  matmul: Object.fromEntries(
    [false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) => {
        const options = { transposeA, transposeB };
        const first = transposeA ? a(3, 2) : a(2, 3);
        const second = transposeB ? a(4, 3) : a(3, 4);
        const turned = [transposeA ? "first" : "", transposeB ? "second" : ""].join(" ");
        return [
          `transposed:${turned}`,
          two((x, y) => ops.matmul(x, y, options), first, second),
        ] as const;
      }),
    ),
  ),
  plusProduct: {
    "the same shape": {
      shapes: [a(2, 4), a(2, 3), a(3, 4)],
      build: (x, y, z) => ops.plusProduct(x, ops.matmul(y as Tensor, z as Tensor)) as Tensor,
    },
    "a bias": {
      shapes: [a(4), a(2, 3), a(3, 4)],
      build: (x, y, z) => ops.matmul(y as Tensor, z as Tensor, { plus: x }),
    },
    "a scalar": {
      shapes: [a(), a(2, 3), a(3, 4)],
      build: (x, y, z) => ops.matmul(y as Tensor, z as Tensor, { plus: x }),
    },
  },
  convolution: {
    padded: images((x, k) => ops.convolution(x, k, { padding: 1 }), a(2, 2, 3, 4), a(2, 2, 3, 3)),
    "in strides of a dilated kernel": images(
      (x, k) => ops.convolution(x, k, { stride: 2, dilation: 2 }),
      a(1, 2, 5, 5),
      a(3, 2, 2, 2),
    ),
    "with itself": images(
      (x, k) => ops.convolution(ops.convolution(x, k, { padding: 1 }), k, { padding: 1 }),
      a(1, 2, 3, 3),
      a(2, 2, 3, 3),
    ),
  },
  transposedConvolution: {
    "in padded strides": images(
      (x, k) => ops.transposedConvolution(x, k, { padding: 1, stride: 2 }),
      a(1, 2, 3, 3),
      a(2, 1, 3, 3),
    ),
  },
  averagePool: { "windows of 2": image((x) => ops.averagePool(x, 2), 4) },
  maxPool: {
    "windows of 2": image((x) => ops.maxPool(x, 2), 4),
    "windows of 3": image((x) => ops.maxPool(x, 3), 3),
  },
  upsample: { "windows of 2": one((x) => ops.upsample(x, 2), a(1, 2, 2, 3)) },
  transpose: {
    reversed: one((x) => ops.transpose(x)),
    "in another order": one((x) => ops.transpose(x, [2, 0, 1]), a(2, 3, 4)),
  },
  reshape: { any: one((x) => ops.reshape(x, [3, 2])) },
  expand: {
    "a column": one((x) => ops.expand(x, [2, 3]), a(2, 1)),
    "a new axis": one((x) => ops.expand(x, [4, 2]), a(2)),
  },
  expandLike: {
    "a column": two((x, y) => ops.mul(ops.expandLike(x, y), y), a(2, 1), a(2, 3)),
    "a scalar": two((x, y) => ops.mul(ops.expandLike(x, y), y), a(), a(2)),
  },
  concat: {
    rows: two((x, y) => ops.concat([x, y]), a(2, 3), a(1, 3)),
    columns: two((x, y) => ops.concat([x, y, x], -1), a(2, 3), a(2, 1)),
  },
  split: {
    "one piece unused": one((x) => {
      const [first, , last] = ops.split(x, [2, 1, 2]) as [Tensor, Tensor, Tensor];
      return ops.mul(first, last);
    }, a(5)),
  },
  slice: {
    rows: one((x) => ops.slice(x, 1, 3), a(4, 3)),
    columns: one((x) => ops.slice(x, 0, 2, 1), a(2, 3)),
  },
  pad: {
    rows: one((x) => ops.pad(x, 1, 2)),
    columns: one((x) => ops.pad(x, 0, 1, -1)),
  },
  gather: {
    "an embedding": one((x) => ops.gather(x, indices), a(3, 2)),
    columns: one((x) => ops.gather(x, indices, 1), a(2, 4)),
    "elements of a vector": one((x) => ops.gather(x, indices), a(3)),
  },
  at: { "an element": one((x) => ops.at(x, constant(BigInt64Array.of(1n), [])), a(3)) },
};
