import type { PackedRows } from "./audit-record.ts";

/** Fewer elements stay decimals, which people can read. */
const fewest = 256;

/**
 * Packs rows of 32-bit numbers where there are many.
 * @param elements row after row
 * @returns undefined where there are few
 */
export function packRows(elements: Float32Array, rows: number): PackedRows | undefined {
  if (elements.length < fewest) return undefined;
  const { buffer, byteOffset, byteLength } = elements;
  const base64 = Buffer.from(buffer, byteOffset, byteLength).toString("base64");
  return { dataType: "FP32", shape: [rows, elements.length / rows], base64 };
}

/**
 * Rows as they were logged, packed or not.
 * @throws RangeError where the bytes are not what the shape says
 */
export function unpackRows<Row>(rows: readonly Row[] | PackedRows): readonly (Row | number[])[] {
  if (!("base64" in rows)) return rows;
  const [count, width] = rows.shape;
  const bytes = Buffer.from(rows.base64, "base64");
  if (bytes.length !== count * width * Float32Array.BYTES_PER_ELEMENT) {
    throw new RangeError(`${bytes.length} bytes are not ${count} rows of ${width} 32-bit numbers`);
  }
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: width }, (_, place) => bytes.readFloatLE(4 * (row * width + place))),
  );
}
