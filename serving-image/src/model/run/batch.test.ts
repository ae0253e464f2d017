import fc from "fast-check";
import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { bucketOf, joinRows, rowsOf, sliceRows } from "./batch.ts";

const whole = (tensor: Tensor, names = ["x"]) => ({ tensors: { x: tensor }, names });
const floats = (rows: number, width: number, from = 0) =>
  new Tensor(
    "float32",
    Float32Array.from({ length: rows * width }, (_unused, index) => from + index),
    [rows, width],
  );

describe("a bucket", () => {
  it("holds the rows, is one of few, and is filled by no more than a fifth", () => {
    const sizes = new Set<number>();
    for (let rows = 1; rows <= 1024; rows++) {
      const bucket = bucketOf(rows);
      sizes.add(bucket);
      expect(bucket).toBeGreaterThanOrEqual(rows);
      expect((bucket - rows) / bucket).toBeLessThan(0.2);
      expect(bucketOf(bucket)).toBe(bucket);
    }
    expect(sizes.size).toBe(8 + 7 * 4);
  });
});

describe("rows of several requests", () => {
  it("stand under each other, and what is missing repeats the last row", () => {
    const joined = joinRows([{ x: floats(1, 2) }, { x: floats(2, 2, 10) }], 5);
    expect(joined["x"]?.dims).toEqual([5, 2]);
    expect([...(joined["x"]?.data as Float32Array)]).toEqual([
      0, 1, 10, 11, 12, 13, 12, 13, 12, 13,
    ]);
  });

  it.each([
    new Tensor("int64", BigInt64Array.from([1n, 2n]), [2]),
    new Tensor("bool", Uint8Array.from([1, 0]), [2]),
    new Tensor("string", ["a", "b"], [2, 1]),
    new Tensor("float64", Float64Array.from([1, 2]), [2, 1]),
    new Tensor("float32", new Float32Array(0), [2, 0]),
  ])("keep their type and come back as they were: %#", (tensor) => {
    const { tensors, names } = whole(tensor);
    const joined = joinRows([tensors, tensors], 5);
    expect(rowsOf(joined)).toBe(5);
    const back = sliceRows(joined, names, 2, 4)["x"] as Tensor;
    expect([back.type, back.dims]).toEqual([tensor.type, tensor.dims]);
    expect(Array.from(back.data as ArrayLike<unknown>)).toEqual(
      Array.from(tensor.data as ArrayLike<unknown>),
    );
  });

  it("come back to whom they belong, whatever their number", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 4 }), (rows, width) => {
        const parts = rows.map((count, index) => ({ x: floats(count, width, index * 1000) }));
        const total = rows.reduce((sum, count) => sum + count, 0);
        const joined = joinRows(parts, bucketOf(total));
        let begin = 0;
        for (const part of parts) {
          const end = begin + rowsOf(part);
          expect(sliceRows(joined, ["x"], begin, end)["x"]?.data).toEqual(part.x.data);
          begin = end;
        }
      }),
    );
  });

  it("that the graph did not give are an error", () => {
    expect(() => sliceRows({ x: floats(2, 1) }, ["x"], 1, 3)).toThrow("gave 2 rows of 3");
    expect(() => sliceRows({ x: floats(2, 1) }, ["y"], 0, 1)).toThrow("gave no 'y'");
  });
});
