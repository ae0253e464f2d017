import { describe, expect, it } from "vitest";
import type { PackedRows } from "./audit-record.ts";
import { packRows, unpackRows } from "./packed-rows.ts";

describe("packed rows", () => {
  it("come back bit for bit, from a part of a larger buffer too", () => {
    const all = Float32Array.from({ length: 300 }, (_, place) => (place - 7) / 3);
    all[40] = Number.NaN;
    const part = all.subarray(20, 20 + 4 * 64);
    const packed = packRows(part, 4);
    expect(packed?.shape).toEqual([4, 64]);
    const rows = unpackRows(packed ?? []);
    expect(rows.map((row) => row.length)).toEqual([64, 64, 64, 64]);
    expect(Float32Array.from(rows.flat())).toEqual(part);
  });

  it("are not for few numbers, which people can read", () => {
    expect(packRows(new Float32Array(255), 1)).toBeUndefined();
    expect(unpackRows([[1, 2]])).toEqual([[1, 2]]);
  });

  it("are refused where bytes and shape disagree", () => {
    const cut: PackedRows = { dataType: "FP32", shape: [2, 200], base64: "AAAA" };
    expect(() => unpackRows(cut)).toThrow("3 bytes are not 2 rows of 200 32-bit numbers");
  });
});
