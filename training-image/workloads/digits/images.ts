import { BadInputError } from "../errors.ts";

/** Grey images of one size with a class each. */
export interface LabelledImages {
  height: number;
  width: number;
  /** The value of a white pixel; a black one is 0. */
  white: number;
  /** Image after image, each row by row from the top left. */
  pixels: Uint8Array;
  /** Class index of each image. */
  labels: number[];
  classes: string[];
}

const minimumRows = 100;
const minimumRowsPerClass = 10;

/** Every fold and the held-out part need some images of each class. @throws BadInputError that names every problem */
export function checkImages({ labels, classes }: LabelledImages): void {
  const problems: string[] = [];
  if (labels.length < minimumRows) {
    problems.push(`${labels.length} images, wanted at least ${minimumRows}`);
  }
  classes.forEach((name, index) => {
    const count = labels.filter((label) => label === index).length;
    if (count >= minimumRowsPerClass) return;
    problems.push(`${count} images of class ${name}, wanted at least ${minimumRowsPerClass}`);
  });
  if (problems.length > 0) throw new BadInputError(`data: ${problems.join("; ")}`);
}

/** One image as the model takes it: grey levels as they are in the data. */
export function pixelsOf(images: LabelledImages, index: number): Float64Array {
  const size = images.height * images.width;
  return Float64Array.from(images.pixels.subarray(index * size, (index + 1) * size));
}
