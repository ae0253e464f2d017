import { Tensor } from "onnxruntime-node";
import { runtimeTensor } from "../elements.ts";
import type { Tensors } from "../model.ts";

/**
 * Rows that a batch is filled up to: four sizes between a power of two and the next, so that a runtime sees few shapes
 * and at most a fifth of a run is filling.
 */
export function bucketOf(rows: number): number {
  if (rows <= 8) return rows;
  const step = 2 ** (Math.floor(Math.log2(rows - 1)) - 2);
  return Math.ceil(rows / step) * step;
}

/** Rows of a question: every tensor has them as its first dimension. */
export function rowsOf(tensors: Tensors): number {
  for (const name in tensors) return tensors[name]?.dims[0] ?? 0;
  return 0;
}

/**
 * Questions under each other, in order.
 * @param parts tensors of the same names, types and shapes but for their rows
 * @param rows at least as many as the parts have; what is missing repeats the last row
 */
export function joinRows(parts: readonly Tensors[], rows: number): Tensors {
  const [first] = parts;
  if (first === undefined) throw new Error("there is nothing to join");
  return Object.fromEntries(
    Object.keys(first).map((name) => [
      name,
      joinTensor(
        parts.map((part) => part[name] as Tensor),
        rows,
      ),
    ]),
  );
}

/** Some rows of an answer, as views of it. @throws Error where an output has not that many rows */
export function sliceRows(
  tensors: Tensors,
  names: readonly string[],
  begin: number,
  end: number,
): Tensors {
  return Object.fromEntries(
    names.map((name) => {
      const tensor = tensors[name];
      if (tensor === undefined) throw new Error(`the graph gave no '${name}'`);
      return [name, sliceTensor(tensor, begin, end)];
    }),
  );
}

/** Whether every output has one row for each row of the question. */
export function hasRows(outputs: Tensors, rows: number): boolean {
  return Object.values(outputs).every(({ dims }) => dims[0] === rows);
}

/** Whether rows of one can stand under rows of the other. */
export function isAlike(one: Tensors, other: Tensors): boolean {
  for (const name in one) {
    const a = one[name]?.dims ?? [];
    const b = other[name]?.dims ?? [];
    if (a.length !== b.length) return false;
    for (let axis = 1; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  }
  return true;
}

function joinTensor(parts: readonly Tensor[], rows: number): Tensor {
  const [first] = parts as [Tensor];
  const [, ...shape] = first.dims;
  const width = shape.reduce((product, size) => product * size, 1);
  const total = rows * width;
  if (Array.isArray(first.data)) {
    const words = parts.flatMap((part) => part.data as string[]);
    const last = words.slice(words.length - width);
    while (words.length < total) words.push(...last);
    return new Tensor("string", words, [rows, ...shape]);
  }
  const make = first.data.constructor as new (length: number) => Float32Array<ArrayBuffer>;
  const data = new make(total);
  let offset = 0;
  for (const part of parts) {
    const values = part.data as Float32Array;
    data.set(values, offset);
    offset += values.length;
  }
  for (; offset < total; offset += width) data.copyWithin(offset, offset - width, offset);
  return runtimeTensor(first.type, data, [rows, ...shape]);
}

function sliceTensor(tensor: Tensor, begin: number, end: number): Tensor {
  const [rows = 0, ...shape] = tensor.dims;
  if (begin === 0 && end === rows) return tensor;
  if (end > rows) throw new Error(`the graph gave ${rows} rows of ${end}`);
  const width = shape.reduce((product, size) => product * size, 1);
  const dims = [end - begin, ...shape];
  const { data } = tensor;
  return Array.isArray(data)
    ? new Tensor("string", data.slice(begin * width, end * width), dims)
    : new Tensor(
        tensor.type,
        (data as Float32Array).subarray(begin * width, end * width) as Float32Array,
        dims,
      );
}
