import { gunzipSync } from "node:zlib";
import { BadInputError } from "../workloads/errors.ts";

export type TableFormat = "csv" | "jsonl";

/** What kind of table a file is, by its name; undefined where it is none. A trailing `.gz` does not matter. */
export function tableFormat(path: string): TableFormat | undefined {
  const [, ending] = /\.(csv|jsonl|ndjson)(?:\.gz)?$/i.exec(path) ?? [];
  if (ending === undefined) return undefined;
  return ending.toLowerCase() === "csv" ? "csv" : "jsonl";
}

/** @throws BadInputError where a file that is called `.gz` is none */
export function unpacked(path: string, bytes: Uint8Array): Uint8Array {
  if (!/\.gz$/i.test(path)) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new BadInputError(`data: ${path} is not gzip: ${(error as Error).message}`);
  }
}
