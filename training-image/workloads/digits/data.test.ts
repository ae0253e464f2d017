import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { BadInputError } from "../errors.ts";
import { parseDigits } from "./data.ts";

const line = (label: number | string, pixel: number | string = 16) =>
  [...new Array<number>(63).fill(0), pixel, label].join(",");
const bytes = (text: string) => new TextEncoder().encode(text);

/** An array as MNIST's files hold it: two zeros, the type, the rank, sizes and bytes. */
function idx(shape: number[], data: readonly number[], type = 8): Uint8Array {
  const sizes = shape.flatMap((size) => [size >> 24, size >> 16, size >> 8, size]);
  return Uint8Array.from([0, 0, type, shape.length, ...sizes, ...data]);
}

const images = idx([2, 2, 3], [0, 255, 0, 1, 2, 3, 9, 8, 7, 6, 5, 4]);
const labels = idx([2], [7, 0]);

describe("digits data", () => {
  it("is 64 pixels and a class a line, compressed or not", () => {
    const text = `${line(3)}\n${line(9, 5)}\n`;
    for (const file of [bytes(text), gzipSync(text)]) {
      const read = parseDigits(file);
      expect(read).toMatchObject({ height: 8, width: 8, white: 16, labels: [3, 9] });
      expect([read.pixels[63], read.pixels[127], read.pixels.length]).toEqual([16, 5, 128]);
      expect(read.classes).toHaveLength(10);
    }
  });

  it("may be MNIST's files of images and labels, one after the other, each compressed or both not", () => {
    const read = [
      Buffer.concat([images, labels]),
      Buffer.concat([gzipSync(images), gzipSync(labels)]),
    ].map(parseDigits);
    for (const found of read) {
      expect(found).toMatchObject({ height: 2, width: 3, white: 255, labels: [7, 0] });
      expect([...found.pixels]).toEqual([0, 255, 0, 1, 2, 3, 9, 8, 7, 6, 5, 4]);
      expect(found.classes).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
    }
  });

  it.each([
    ["a missing column", bytes(`${line(3)}\n1,2,3\n`), "line 2 has 3 columns, wanted 65"],
    [
      "an unknown class",
      bytes(line(10)),
      "line 1 has '10' as class, wanted a whole number from 0 to 9",
    ],
    ["no class", bytes(line("")), "line 1 has '' as class"],
    ["a pixel too bright", bytes(`${line(1)}\n${line(1, 17)}`), "line 2 has '17' as pixel 64"],
    ["damaged compression", gzipSync(line(1)).subarray(0, -9), "gzip: unexpected end of file"],
    ["images without labels", images, "one file of images and one of labels are wanted"],
    [
      "labels first",
      Buffer.concat([labels, images]),
      "the first file has shape [2], wanted [images, height, width]",
    ],
    [
      "a label too few",
      Buffer.concat([images, idx([1], [7])]),
      "the second file has shape [1], wanted [2]",
    ],
    ["images cut off", images.subarray(0, 20), "shape [2, 2, 3] needs 12 bytes, found 4"],
    ["floats", idx([1], [0, 0, 0, 0], 13), "elements of type 13 at byte 0"],
    [
      "something behind them",
      Buffer.concat([images, labels, Buffer.of(1)]),
      "no header at byte 38",
    ],
  ])("with %s is refused", (_, file, message) => {
    expect(() => parseDigits(file)).toThrow(BadInputError);
    expect(() => parseDigits(file)).toThrow(message);
  });
});
