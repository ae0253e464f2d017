import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/**
 * The one byte form of a JSON value: keys sorted, no white space (RFC 8785).
 * @throws TypeError where the value holds what JSON cannot say (NaN, infinity, undefined, a function).
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("canonical JSON: the value has no JSON form");
  return text;
}

/** Lower-case hexadecimal SHA-256 of a text (as UTF-8) or of bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
