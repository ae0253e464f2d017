import { describe, expect, it } from "vitest";
import { emit } from "../emit.ts";
import { gradients } from "../gradient.ts";
import { createRandom } from "../random.ts";
import { outputOf, Session } from "../session.ts";
import { elementCount, type Input, input, type Tensor } from "../tensor.ts";
import { convolution, type ConvolutionOptions } from "./convolution.ts";
import { mul } from "./elementwise.ts";
import { sum } from "./reduce.ts";

/**
 * The runtime convolves 32-bit floats only. Values and gradients are therefore compared with a convolution by
 * definition in 64-bit floats and its finite differences, which are exact: it is linear in images and in kernels.
 */
interface Images {
  data: Float64Array;
  shape: readonly [number, number, number, number];
}

const random = createRandom(11);
const draw = (shape: Images["shape"]): Images => ({
  shape,
  data: Float64Array.from({ length: elementCount(shape) }, () => 2 * random.uniform() - 1),
});

function element({ data, shape }: Images, ...place: [number, number, number, number]): number {
  let index = 0;
  for (const [axis, size] of shape.entries()) {
    const coordinate = place[axis] as number;
    if (coordinate < 0 || coordinate >= size) return 0;
    index = index * size + coordinate;
  }
  return data[index] as number;
}

/** Sum of weights times the convolution of images with kernels. */
function weighed(weights: Images, images: Images, kernels: Images, options: ConvolutionOptions) {
  const { padding = 0, stride = 1, dilation = 1 } = options;
  const [, channels, height, width] = kernels.shape;
  const [batch, outputs, rows, columns] = weights.shape;
  let total = 0;
  for (const [n, o, i, j] of places([batch, outputs, rows, columns])) {
    for (const [c, a, b] of places([channels, height, width, 1])) {
      const [y, x] = [i * stride + a * dilation - padding, j * stride + b * dilation - padding];
      const product = element(images, n, c, y, x) * element(kernels, o, c, a, b);
      total += element(weights, n, o, i, j) * product;
    }
  }
  return total;
}

function* places([a, b, c, d]: Images["shape"]): Generator<[number, number, number, number]> {
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let k = 0; k < c; k++) for (let l = 0; l < d; l++) yield [i, j, k, l];
}

/** Derivatives of a linear function by every element of its argument. */
function slopes(argument: Images, value: (changed: Images) => number): number[] {
  return [...argument.data.keys()].map((moved) => {
    const by = (step: number) =>
      value({ ...argument, data: argument.data.map((v, i) => (i === moved ? v + step : v)) });
    return by(0.5) - by(-0.5);
  });
}

async function run(inputs: readonly Input[], values: readonly Images[], output: Tensor) {
  const session = await Session.open(emit({ name: "test", inputs, outputs: { output } }));
  const feeds = inputs.map(({ name }, index) => {
    const { data, shape } = values[index] as Images;
    return [name, { data: Float32Array.from(data), shape }];
  });
  const result = outputOf(await session.run(Object.fromEntries(feeds)), "output");
  await session.close();
  return Array.from(result.data, Number);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => expect(value).toBeCloseTo(expected[index] as number, 4));
}

const cases: [string, Images["shape"], Images["shape"], ConvolutionOptions][] = [
  ["plain", [2, 3, 5, 4], [4, 3, 3, 2], {}],
  ["padded", [2, 2, 4, 4], [3, 2, 3, 3], { padding: 1 }],
  ["in strides", [1, 2, 7, 7], [2, 2, 3, 3], { stride: 2 }],
  ["dilated", [2, 1, 6, 7], [2, 1, 2, 3], { dilation: 2 }],
  [
    "in padded strides of a dilated kernel",
    [1, 2, 7, 7],
    [2, 2, 2, 2],
    { padding: 1, stride: 3, dilation: 2 },
  ],
];

describe("convolution", () => {
  it.each(cases)("agrees with its definition, and so do its gradients: %s", async (...of) => {
    const [, imageShape, kernelShape, options] = of;
    const [x, k] = [input("x", imageShape), input("k", kernelShape)];
    const y = convolution(x, k, options);
    const w = input("w", y.shape);
    const [images, kernels] = [draw(imageShape), draw(kernelShape)];
    const weights = draw(y.shape as unknown as Images["shape"]);

    const ofWeights = slopes(weights, (by) => weighed(by, images, kernels, options));
    expectClose(await run([x, k], [images, kernels], y), ofWeights);

    const [gx, gk] = gradients(sum(mul(w, y)), [x, k]) as [Tensor, Tensor];
    const ofImages = slopes(images, (by) => weighed(weights, by, kernels, options));
    expectClose(await run([w, k], [weights, kernels], gx), ofImages);
    const ofKernels = slopes(kernels, (by) => weighed(weights, images, by, options));
    expectClose(await run([w, x], [weights, images], gk), ofKernels);

    // Both are convolutions again. Weighed with images v, the gradient by the images is the sum for v itself.
    const v = input("v", imageShape);
    const others = draw(imageShape);
    const [gw, gkAgain] = gradients(sum(mul(v, gx)), [w, k]) as [Tensor, Tensor];
    const secondOfWeights = slopes(weights, (by) => weighed(by, others, kernels, options));
    expectClose(await run([v, k], [others, kernels], gw), secondOfWeights);
    const secondOfKernels = slopes(kernels, (by) => weighed(weights, others, by, options));
    expectClose(await run([v, w], [others, weights], gkAgain), secondOfKernels);

    const u = input("u", kernelShape);
    const otherKernels = draw(kernelShape);
    const [gxAgain] = gradients(sum(mul(u, gk)), [x]) as [Tensor];
    const secondOfImages = slopes(images, (by) => weighed(weights, by, otherKernels, options));
    expectClose(await run([u, w], [otherKernels, weights], gxAgain), secondOfImages);
  });

  it("leaves the number of images open in a graph that is served", async () => {
    const x = input("x", ["batch", 1, 3, 3]);
    const k = input("k", [2, 1, 2, 2]);
    const y = convolution(x, k);
    expect(y.shape).toEqual(["batch", 2, 2, 2]);
    for (const batch of [1, 3]) {
      const values = await run([x, k], [draw([batch, 1, 3, 3]), draw([2, 1, 2, 2])], y);
      expect(values).toHaveLength(batch * 8);
    }
  });

  it("refuses what does not fit, with the sizes", () => {
    const x = input("x", [1, 2, 6, 6]);
    const kernels = (...shape: number[]) => input("k", shape);
    expect(() => convolution(x, kernels(4, 3, 3, 3))).toThrow("kernels of 3 channels, images of 2");
    expect(() => convolution(x, kernels(4, 2, 7, 7))).toThrow("kernels of 7 x 7 do not fit");
    expect(() => convolution(x, kernels(4, 2, 3, 3), { stride: 2 })).toThrow(
      "kernels of 3 x 3 do not fit images of 6 x 6 (padding 0, stride 2, dilation 1)",
    );
    expect(() => convolution(x, kernels(3, 3))).toThrow("kernels have four axes, not [3, 3]");
    expect(() => convolution(input("x", [1, 2, "height", 6]), kernels(4, 2, 3, 3))).toThrow(
      "size 'height' must be known",
    );
  });
});
