import { BadInputError } from "../errors.ts";
import type { LabelledImages } from "./images.ts";

/** One array of a file in the IDX format (Y. LeCun, http://yann.lecun.com/exdb/mnist/): bytes and their shape. */
interface IdxArray {
  shape: number[];
  data: Uint8Array;
}

const unsignedByte = 0x08;

/** Whether bytes begin as IDX does: two zeros. */
export function isIdx(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0;
}

/**
 * Images and labels in MNIST's format, one file after the other: the images' first.
 * @throws BadInputError with what is wrong
 */
export function parseIdx(bytes: Uint8Array): LabelledImages {
  const [images, labels, ...others] = arrays(bytes);
  if (images === undefined || labels === undefined || others.length > 0) {
    fail(
      `one file of images and one of labels are wanted, one after the other; found ${bytes.length} bytes of ${others.length + (labels ? 2 : 1)} files`,
    );
  }
  const [count, height, width] = images.shape;
  if (
    count === undefined ||
    height === undefined ||
    width === undefined ||
    images.shape.length !== 3
  ) {
    fail(`the first file has shape [${images.shape.join(", ")}], wanted [images, height, width]`);
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== count) {
    fail(
      `the second file has shape [${labels.shape.join(", ")}], wanted [${count}]: a label an image`,
    );
  }
  const highest = labels.data.reduce((most, label) => Math.max(most, label), 0);
  return {
    height,
    width,
    white: 255,
    pixels: images.data,
    labels: [...labels.data],
    classes: Array.from({ length: highest + 1 }, (_, index) => String(index)),
  };
}

function arrays(bytes: Uint8Array): IdxArray[] {
  const found: IdxArray[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const [zero, zeroAgain, type, rank] = bytes.subarray(at, at + 4);
    if (zero !== 0 || zeroAgain !== 0 || rank === undefined || at + 4 + 4 * rank > bytes.length) {
      fail(`no header at byte ${at}`);
    }
    if (type !== unsignedByte)
      fail(`elements of type ${type} at byte ${at}, wanted 8: unsigned bytes`);
    const start = at + 4 + 4 * rank;
    const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(at + 4 + 4 * axis));
    const end = start + shape.reduce((product, size) => product * size, 1);
    if (end > bytes.length) {
      fail(`shape [${shape.join(", ")}] needs ${end - start} bytes, found ${bytes.length - start}`);
    }
    found.push({ shape, data: bytes.subarray(start, end) });
    at = end;
  }
  return found;
}

function fail(problem: string): never {
  throw new BadInputError(`data: IDX: ${problem}`);
}
