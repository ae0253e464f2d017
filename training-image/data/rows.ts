import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parse } from "csv-parse";
import { tableFormat, unpacked } from "./table-format.ts";

/** Examples in a file: records of a CSV file after its first line, lines of a JSON-lines file, else the file itself. */
export async function countRows(path: string, bytes: Uint8Array): Promise<number> {
  const format = tableFormat(path);
  if (format === undefined) return 1;
  const content = unpacked(path, bytes);
  if (format === "jsonl") return countLines(content);
  let records = 0;
  const parser = parse({
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    on_record: () => {
      records++;
      return null;
    },
  });
  parser.resume();
  await pipeline(Readable.from(pieces(content)), parser);
  return Math.max(0, records - 1);
}

function countLines(content: Uint8Array): number {
  let lines = 0;
  let hasText = false;
  for (const byte of content) {
    if (byte === 0x0a) {
      if (hasText) lines++;
      hasText = false;
    } else if (byte > 0x20) hasText = true;
  }
  return hasText ? lines + 1 : lines;
}

/** The parser takes whole chunks: small ones keep its memory small. */
function* pieces(content: Uint8Array): Generator<Buffer> {
  const size = 1 << 20;
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  for (let start = 0; start < buffer.length; start += size) {
    yield buffer.subarray(start, start + size);
  }
}
