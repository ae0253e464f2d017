import { isUtf8 } from "node:buffer";
import type { z } from "zod";
import type { ModelContract } from "../../../contracts/model-contract.ts";
import { InputError } from "../model/errors.ts";

/** JSON that was read, with its text. */
export interface Json {
  text: string;
  value: unknown;
}

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
export function parseJson(bytes: Buffer): Json {
  if (bytes.length === 0) throw new InputError("body", "is empty, wanted JSON");
  if (!isUtf8(bytes)) throw new InputError("body", "is not UTF-8");
  const text = bytes.toString("utf8");
  try {
    return { text, value: JSON.parse(text) as unknown };
  } catch {
    throw new InputError("body", "is not JSON");
  }
}

/** What a reviver is told about a value beside its key. */
interface Source {
  source?: string;
}

/**
 * The same JSON for a model that takes whole numbers of 64 bits: those beyond 2^53 as bigints, digit by digit as they
 * were written.
 */
export function exactJson({ text, value }: Json, { inputs }: ModelContract): unknown {
  const takesLongs = inputs.some(({ dataType }) => dataType === "INT64" || dataType === "UINT64");
  if (!takesLongs || !/\d{16}/.test(text)) return value;
  const reviver = (_key: string, plain: unknown, { source = "" }: Source = {}) =>
    typeof plain === "number" && !Number.isSafeInteger(plain) && /^-?\d+$/.test(source)
      ? BigInt(source)
      : plain;
  return JSON.parse(text, reviver);
}
