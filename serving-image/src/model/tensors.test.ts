import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import type { DataType } from "../../../contracts/model-contract.ts";
import { InputError, NoFiniteAnswerError, TooManyRowsError } from "./errors.ts";
import { jsonElements, nestedRows, tensorFromData, tensorFromRows } from "./tensors.ts";

const spec = (dataType: DataType, shape = [-1, 2]) => ({ name: "x", dataType, shape });
const rows = (dataType: DataType, ...row: unknown[]) =>
  tensorFromRows(spec(dataType), [row], "instances", 10);

describe("rows in JSON", () => {
  it("become a tensor of the contract's type, in row-major order", () => {
    const tensor = tensorFromRows(
      spec("FP64"),
      [
        [1, 2.5],
        [3, 4],
      ],
      "instances",
      10,
    );
    expect([tensor.type, tensor.dims, [...(tensor.data as Float64Array)]]).toEqual([
      "float64",
      [2, 2],
      [1, 2.5, 3, 4],
    ]);
  });

  it.each<[DataType, unknown, unknown]>([
    ["FP32", 3.4028234663852886e38, 1e40],
    ["FP64", 1e300, Infinity],
    ["INT8", -128, 128],
    ["UINT8", 255, -1],
    ["INT16", 32767, 32768],
    ["UINT16", 65535, 65536],
    ["INT32", -2147483648, 1.5],
    ["UINT32", 4294967295, 4294967296],
    ["INT64", Number.MAX_SAFE_INTEGER, 2 ** 53],
    ["UINT64", 0, -1],
    ["BOOL", true, 1],
    ["BYTES", "text", 7],
    ["FP32", 0, null],
    ["FP32", 0, "1"],
    ["FP32", 0, true],
    ["FP32", 0, [1]],
  ])("of %s take %s and refuse %s, by its place", (dataType, good, bad) => {
    expect(rows(dataType, good, good).dims).toEqual([1, 2]);
    expect(() => rows(dataType, good, bad)).toThrow(InputError);
    expect(() => rows(dataType, good, bad)).toThrow(/^instances\[0\]\[1\]: is /);
  });

  it("may leave a size open, the same for all rows", () => {
    const open = spec("FP32", [-1, -1]);
    expect(
      tensorFromRows(
        open,
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        "instances",
        10,
      ).dims,
    ).toEqual([2, 3]);
    expect(() => tensorFromRows(open, [[1, 2, 3], [4]], "instances", 10)).toThrow(
      "instances[1]: has 1 elements, wanted 3",
    );
  });

  it("are at least one and at most the limit", () => {
    expect(() => tensorFromRows(spec("FP32"), [], "instances", 1)).toThrow("at least one row");
    const two = [
      [1, 2],
      [3, 4],
    ];
    expect(() => tensorFromRows(spec("FP32"), two, "instances", 1)).toThrow(TooManyRowsError);
  });
});

describe("data with a shape", () => {
  const fp32 = spec("FP32");
  const make = (shape: number[], data: unknown) =>
    tensorFromData(fp32, shape, data, "inputs[0]", 10);

  it("may be flat or nested", () => {
    expect(make([2, 2], [1, 2, 3, 4]).data).toEqual(
      make(
        [2, 2],
        [
          [1, 2],
          [3, 4],
        ],
      ).data,
    );
  });

  it("must fill the shape exactly, and the shape must be the model's", () => {
    expect(() => make([2, 2], [1, 2, 3])).toThrow("inputs[0].data: has 3 elements");
    expect(() => make([2, 2], [[1, 2], [3]])).toThrow("inputs[0].data[1]: has 1 elements");
    expect(() => make([1, 3], [1, 2, 3])).toThrow("inputs[0].shape: is [1, 3]");
    expect(() => make([0, 2], [])).toThrow("at least one row");
  });
});

describe("an answer's elements", () => {
  it("are JSON values; whole numbers beyond 2^53 keep every digit", () => {
    const long = new Tensor("int64", BigInt64Array.from([3n, 9007199254740993n]), [2]);
    expect(JSON.stringify(jsonElements(long, "y"))).toBe("[3,9007199254740993]");
    const truth = new Tensor("bool", Uint8Array.from([1, 0]), [2]);
    expect(jsonElements(truth, "y")).toEqual([true, false]);
  });

  it("are never NaN or infinite", () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const tensor = new Tensor("float32", Float32Array.from([1, value]), [2]);
      expect(() => jsonElements(tensor, "y")).toThrow(NoFiniteAnswerError);
    }
  });

  it("nest by shape", () => {
    expect(nestedRows([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2])).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    expect(nestedRows([1, 2], [2])).toEqual([1, 2]);
  });
});
