import { gunzipSync } from "node:zlib";
import { BadInputError } from "./errors.ts";

/** A file's content, where it is compressed by gzip; the file itself where it is not. @throws BadInputError */
export function unzipped(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new BadInputError(`data: gzip: ${(error as Error).message}`);
  }
}
