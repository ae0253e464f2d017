import type { Size, Tensor } from "../tensor.ts";
import { operation } from "./operation.ts";
import { transpose } from "./shape.ts";

export interface ConvolutionOptions {
  /** Zeros on each side of the image. @default 0 */
  padding?: number;
  /** Steps between two windows. @default 1 */
  stride?: number;
  /** Steps between two elements of the kernel. @default 1 */
  dilation?: number;
}

/**
 * Convolution of images in two dimensions (without flipping the kernel, as networks have it).
 * @param images [batch, channels, height, width]
 * @param kernels [outputs, channels, kernel height, kernel width]
 * @returns [batch, outputs, height, width]
 * @throws RangeError where channels differ, or the last window does not end where the padded image ends: what no
 *   window covers would have a gradient of its own shape
 */
export function convolution(
  images: Tensor,
  kernels: Tensor,
  options: ConvolutionOptions = {},
): Tensor {
  const { padding = 0, stride = 1, dilation = 1 } = options;
  const [batch, channels, ...sizes] = fourAxes("images", images);
  const [outputs, wanted, ...kernel] = fourAxes("kernels", kernels);
  if (channels !== wanted) {
    throw new RangeError(`convolution: kernels of ${wanted} channels, images of ${channels}`);
  }
  const windows = sizes.map((size, axis) => {
    const room = number(size) + 2 * padding - dilation * (number(kernel[axis]) - 1) - 1;
    if (room >= 0 && room % stride === 0) return room / stride + 1;
    throw new RangeError(
      `convolution: kernels of ${kernel.join(" x ")} do not fit images of ${sizes.join(" x ")} ` +
        `(padding ${padding}, stride ${stride}, dilation ${dilation})`,
    );
  });
  return operation("Conv", [images, kernels], {
    shape: [batch, outputs, ...windows],
    attributes: attributesOf({ padding, stride, dilation }),
    pullback: (g) => [
      transposedConvolution(g, kernels, { padding, stride, dilation }),
      kernelGradient(images, g, { padding, stride, dilation }),
    ],
  });
}

/** The linear map that is transposed to a convolution with the same kernels: its gradient with respect to the images. */
export function transposedConvolution(
  g: Tensor,
  kernels: Tensor,
  options: ConvolutionOptions = {},
): Tensor {
  const { padding = 0, stride = 1, dilation = 1 } = options;
  const [batch, outputs, ...windows] = fourAxes("images", g);
  const [wanted, channels, ...kernel] = fourAxes("kernels", kernels);
  if (outputs !== wanted) {
    throw new RangeError(`convolution: ${wanted} kernels, images of ${outputs} channels`);
  }
  const sizes = windows.map(
    (size, axis) =>
      stride * (number(size) - 1) + dilation * (number(kernel[axis]) - 1) + 1 - 2 * padding,
  );
  return operation("ConvTranspose", [g, kernels], {
    shape: [batch, channels, ...sizes],
    attributes: attributesOf({ padding, stride, dilation }),
    pullback: (h) => [
      convolution(h, kernels, { padding, stride, dilation }),
      kernelGradient(h, g, { padding, stride, dilation }),
    ],
  });
}

/**
 * Gradient with respect to the kernels: a convolution again, of the images with the gradient, in which batch and
 * channels change places, and so do stride and dilation.
 */
function kernelGradient(images: Tensor, g: Tensor, options: Required<ConvolutionOptions>): Tensor {
  const { padding, stride, dilation } = options;
  const swapped = (x: Tensor) => transpose(x, [1, 0, 2, 3]);
  return swapped(
    convolution(swapped(images), swapped(g), { padding, stride: dilation, dilation: stride }),
  );
}

function attributesOf({ padding, stride, dilation }: Required<ConvolutionOptions>) {
  return {
    pads: [padding, padding, padding, padding],
    strides: [stride, stride],
    dilations: [dilation, dilation],
  };
}

function fourAxes(what: string, x: Tensor): [Size, Size, Size, Size] {
  if (x.shape.length === 4) return x.shape as unknown as [Size, Size, Size, Size];
  throw new RangeError(`convolution: ${what} have four axes, not [${x.shape.join(", ")}]`);
}

function number(size: Size | undefined): number {
  if (typeof size === "number") return size;
  throw new RangeError(`convolution: size '${size}' must be known beforehand`);
}
