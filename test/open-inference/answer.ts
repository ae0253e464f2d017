import { z } from "zod";
import { demand, Failed } from "./clause.ts";
import { conforming, type Exchange, excerpt } from "./http.ts";
import { count, dataType, decode, type Element, type Tensor } from "./tensors.ts";

const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const ResponseOutput = z.object({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  datatype: z.string(),
  parameters: parameters.optional(),
  data: z.array(z.unknown()).optional(),
});

const InferResponse = z.object({
  model_name: z.string(),
  model_version: z.string().optional(),
  id: z.string().optional(),
  parameters: parameters.optional(),
  outputs: z.array(ResponseOutput),
});

/** The header that tells the binary extension where the JSON ends. */
export const headerLength = "inference-header-content-length";

/** An answer of an inference with its outputs read, out of JSON or out of bytes. */
export interface InferAnswer extends Omit<z.infer<typeof InferResponse>, "outputs"> {
  outputs: Tensor[];
  /** Names of the outputs that came as bytes. */
  binary: string[];
  /** The JSON as it was written. */
  text: string;
  exchange: Exchange;
}

/** Reads the answer of an inference. @throws Failed that names the first field out of form */
export function inferAnswer(exchange: Exchange): InferAnswer {
  const { bytes, headers, request } = exchange;
  const length = jsonLength(headers.get(headerLength), bytes.length);
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length));
    value = JSON.parse(text);
  } catch {
    throw new Failed(`${request}: the answer is not JSON: ${excerpt(exchange)}`);
  }
  // 64-bit integers lose no digit where each number is read from its source.
  const exact = JSON.parse(text, ((_key: string, one: unknown, context: { source?: string }) =>
    Number.isInteger(one) && /^-?\d+$/.test(context.source ?? "")
      ? new Exact(context.source!)
      : one) as (key: string, value: unknown) => unknown) as { outputs?: { data?: unknown }[] };
  // Null for a field that is not there is a clause of its own, not to fail all others.
  const response = conforming(request, withoutNulls(value), InferResponse);
  const binary: string[] = [];
  let at = length;
  const outputs = response.outputs.map((output, index) => {
    const { name, shape, datatype } = output;
    const size = output.parameters?.["binary_data_size"];
    if (size === undefined) {
      const elements = jsonElements(exact.outputs?.[index]?.data, output);
      return { name, shape, datatype, elements };
    }
    demand(typeof size === "number", `${name}: binary_data_size is no number`);
    demand(output.data === undefined, `${name}: has data in JSON and as bytes`);
    demand(at + size <= bytes.length, `${name}: its ${size} bytes go beyond the body`);
    const elements = decode(datatype, bytes.subarray(at, at + size));
    at += size;
    binary.push(name);
    return { name, shape, datatype, elements };
  });
  demand(at === bytes.length, `${bytes.length - at} bytes of the body belong to no output`);
  return { ...response, outputs, binary, text, exchange };
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(
    fields.map(([name, one]) => [name, name === "data" ? (one as unknown) : withoutNulls(one)]),
  );
}

/** An integer with its digits. */
class Exact {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
  }
}

function jsonLength(header: string | null, total: number): number {
  if (header === null) return total;
  const length = Number(header);
  const isLength = /^\d+$/.test(header) && length <= total;
  demand(isLength, `${headerLength} is '${header}', the body has ${total} bytes`);
  return length;
}

function jsonElements(data: unknown, output: z.infer<typeof ResponseOutput>): Element[] {
  const { name, datatype, shape } = output;
  demand(Array.isArray(data), `output '${name}' has no data`);
  const type = dataType(datatype);
  const elements = (data as unknown[]).flat(Infinity).map((value): Element => {
    const plain = value instanceof Exact ? Number(value.digits) : value;
    demand(type.isElement(plain), `output '${name}': ${JSON.stringify(plain)} is no ${datatype}`);
    if (value instanceof Exact && datatype.endsWith("INT64")) return BigInt(value.digits);
    return plain as Element;
  });
  const wanted = count(shape);
  const seen = `output '${name}' has ${elements.length} elements, its shape has ${wanted}`;
  demand(elements.length === wanted, seen);
  return elements;
}
