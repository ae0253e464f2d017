import type { z } from "zod";
import { InputError } from "../model/errors.ts";

/**
 * A parsed JSON body by its schema.
 * @throws InputError that names the first field at fault
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.map(String).join(".") ?? "";
  throw new InputError(place === "" ? "body" : place, issue?.message ?? "is not understood");
}

/**
 * JSON from bytes, strictly: real UTF-8, no NaN.
 * @throws InputError
 */
export function parseJson(bytes: unknown): unknown {
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) {
    throw new InputError("body", "is empty, wanted JSON");
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InputError("body", "is not UTF-8");
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InputError("body", "is not JSON");
  }
}
