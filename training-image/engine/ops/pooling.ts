import { constant, type Size, type Tensor } from "../tensor.ts";
import { cast, equal } from "./choose.ts";
import { div, mul, scale } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { operation } from "./operation.ts";
import { expand, reshape } from "./shape.ts";

/**
 * Mean of each window of `size` by `size` pixels, side by side.
 * @param images [batch, channels, height, width]
 * @throws RangeError where the windows do not tile the images
 */
export function averagePool(images: Tensor, size: number): Tensor {
  return operation("AveragePool", [images], {
    shape: pooledShape(images, size),
    attributes: windows(size),
    pullback: (g) => [scale(upsample(g, size), 1 / size ** 2)],
  });
}

/**
 * Largest element of each window of `size` by `size` pixels, side by side. Equal largest ones share the gradient.
 * @param images [batch, channels, height, width]
 * @throws RangeError where the windows do not tile the images
 */
export function maxPool(images: Tensor, size: number): Tensor {
  return operation("MaxPool", [images], {
    shape: pooledShape(images, size),
    attributes: windows(size),
    pullback(g, y) {
      const largest = cast(equal(images, upsample(y, size)), g.type);
      const count = scale(averagePool(largest, size), size ** 2);
      return [mul(largest, upsample(div(g, count), size))];
    },
  });
}

function windows(size: number) {
  return { kernel_shape: [size, size], strides: [size, size] };
}

/**
 * Every element as a window of `size` by `size` equal ones.
 * @param x [batch, channels, height, width]
 */
export function upsample(x: Tensor, size: number): Tensor {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const wide = width * size;
  const ones = new Float32Array(width * wide);
  for (let column = 0; column < wide; column++) {
    ones[Math.floor(column / size) * wide + column] = 1;
  }
  // A product with zeros and ones: the runtime takes three times as long to copy single elements.
  const stretch = cast(constant(ones, [width, wide]), x.type);
  const rows = matmul(reshape(x, [batch * channels * height, width]), stretch);
  const apart = reshape(rows, [batch, channels, height, 1, wide]);
  const tall = expand(apart, [batch, channels, height, size, wide]);
  return reshape(tall, [batch, channels, height * size, wide]);
}

function pooledShape({ shape }: Tensor, size: number): Size[] {
  const [batch, channels, ...sides] = shape as [Size, Size, ...Size[]];
  const pooled = sides.map((side) => Number(side) / size);
  if (shape.length === 4 && pooled.every(Number.isInteger)) return [batch, channels, ...pooled];
  throw new RangeError(`pooling: windows of ${size} do not tile [${shape.join(", ")}]`);
}
