import { parse } from "csv-parse/sync";
import { BadInputError } from "../errors.ts";
import { unzipped } from "../unzip.ts";
import { isIdx, parseIdx } from "./idx.ts";
import type { LabelledImages } from "./images.ts";

const [side, white, classCount] = [8, 16, 10];

/**
 * Reads images of digits: a CSV of 64 pixels and the class a row, or MNIST's files, images and labels one after the
 * other (`cat train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz`). Either may be compressed by gzip.
 * @throws BadInputError with the line and what is wrong with it
 */
export function parseDigits(bytes: Uint8Array): LabelledImages {
  const content = unzipped(bytes);
  return isIdx(content) ? parseIdx(content) : parseCsv(content);
}

function parseCsv(content: Uint8Array): LabelledImages {
  const rows = parse(Buffer.from(content), { relaxColumnCount: true, trim: true });
  const pixels = new Uint8Array(rows.length * side * side);
  const labels = rows.map((row, index) => {
    const wanted = side * side + 1;
    if (row.length !== wanted) fail(index, `${row.length} columns, wanted ${wanted}`);
    const numbers = row.map((field, column) => {
      const isClass = column === wanted - 1;
      const highest = isClass ? classCount - 1 : white;
      const value = field === "" ? Number.NaN : Number(field);
      if (Number.isInteger(value) && value >= 0 && value <= highest) return value;
      const what = isClass ? "class" : `pixel ${column + 1}`;
      return fail(index, `'${field}' as ${what}, wanted a whole number from 0 to ${highest}`);
    });
    pixels.set(numbers.slice(0, -1), index * side * side);
    return numbers.at(-1) as number;
  });
  const classes = Array.from({ length: classCount }, (_, index) => String(index));
  return { height: side, width: side, white, pixels, labels, classes };
}

function fail(row: number, problem: string): never {
  throw new BadInputError(`data: line ${row + 1} has ${problem}`);
}
