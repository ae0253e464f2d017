import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { headerLength } from "../answer.ts";
import type { MetadataTensor } from "../target.ts";
import { concatenate, count, decode, type Element, encode, toJson } from "../tensors.ts";

/** One tensor of each kind that clauses look at; the model gives back what it takes. */
export const echoInputs: readonly MetadataTensor[] = [
  { name: "numbers", datatype: "FP32", shape: [-1, 3] },
  { name: "double", datatype: "FP64", shape: [-1] },
  { name: "long", datatype: "INT64", shape: [-1] },
  { name: "small", datatype: "UINT8", shape: [-1] },
  { name: "text", datatype: "BYTES", shape: [-1] },
  { name: "flag", datatype: "BOOL", shape: [-1] },
];
const outputs = echoInputs.map((spec) => ({ ...spec, name: `${spec.name}_back` }));

export interface Asked {
  method: string;
  path: string;
  length: string | undefined;
  body: Uint8Array;
}

export interface Reply {
  status: number;
  /** The JSON object; its bytes follow where the answer has any. */
  json: Record<string, unknown>;
  tail?: Uint8Array;
  type?: string;
  /** The JSON as text, in place of the object. */
  text?: string;
}

/** A way to be wrong: another answer to what was asked. */
export type Fault = (reply: Reply, asked: Asked) => Reply;

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const Parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional();
const Request = z.object({
  id: z.string().optional(),
  parameters: Parameters,
  inputs: z
    .array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().nonnegative()),
        datatype: z.string(),
        parameters: Parameters,
        data: z.array(z.unknown()).optional(),
      }),
    )
    .length(echoInputs.length),
  outputs: z.array(z.object({ name: z.string(), parameters: Parameters })).optional(),
});

/** A small server that keeps every clause, and can be told to break one: the kit is tested against it. */
export class EchoServer {
  /** How it is wrong at the moment. */
  fault: Fault = (reply) => reply;
  readonly #http: Server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { method = "", url: path = "", headers } = request;
      const length = headers[headerLength];
      const asked = { method, path, length: length?.toString(), body };
      const { status, json, tail, type, text } = this.fault(reply(asked), asked);
      const head = new TextEncoder().encode(text ?? toJson(json));
      response.statusCode = status;
      response.setHeader("content-type", type ?? "application/json");
      if (tail !== undefined) response.setHeader(headerLength, head.length);
      response.end(concatenate([head, tail ?? new Uint8Array()]));
    });
  });

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#http.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

function reply(asked: Asked): Reply {
  try {
    return { status: 200, ...answer(asked) };
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 400;
    return { status, json: { error: (error as Error).message || "refused" } };
  }
}

function answer(asked: Asked): Omit<Reply, "status"> {
  const { method, path } = asked;
  if (/^\/v2\/?$/.test(path)) {
    return { json: { name: "echo", version: "1", extensions: ["binary_tensor_data"] } };
  }
  if (path === "/v2/health/live") return { json: { live: true } };
  if (path === "/v2/health/ready") return { json: { ready: true } };
  const [, model, version = "1", tail = ""] =
    /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(\/ready|\/infer)?$/.exec(path) ?? [];
  if (model !== "echo" || version !== "1") throw new Refusal(404, "no such model");
  if (tail === "/ready") return { json: { name: "echo", ready: true } };
  if (tail === "") {
    return {
      json: { name: "echo", versions: ["1"], platform: "none", inputs: echoInputs, outputs },
    };
  }
  if (method !== "POST") throw new Refusal(405, "use POST");
  return infer(asked);
}

function infer({ body, length }: Asked): Omit<Reply, "status"> {
  if (length !== undefined && (!/^\d+$/.test(length) || Number(length) > body.length)) {
    throw new Refusal(400, "the header's length");
  }
  const end = length === undefined ? body.length : Number(length);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(body.subarray(0, end));
  const request = Request.parse(JSON.parse(text, exactly as never));
  let at = end;
  const tensors = new Map<string, { shape: number[]; elements: Element[] }>();
  for (const { name, shape, datatype, parameters, data } of request.inputs) {
    const spec = echoInputs.find((one) => one.name === name);
    if (spec?.datatype !== datatype || tensors.has(name)) throw new Refusal(400, name);
    const fits =
      shape.length === spec.shape.length &&
      spec.shape.every((size, axis) => size === -1 || size === shape[axis]);
    const size = parameters?.["binary_data_size"];
    if (!fits || (size === undefined) !== (data !== undefined)) throw new Refusal(400, name);
    let elements: Element[];
    if (size === undefined) {
      elements = (data as unknown[]).flat(Infinity).map((value) => accept(datatype, value));
    } else {
      if (!Number.isInteger(size) || Number(size) < 0) throw new Refusal(400, "size");
      if (at + Number(size) > body.length) throw new Refusal(400, "the body is too short");
      elements = decode(datatype, body.subarray(at, at + Number(size)));
      at += Number(size);
    }
    if (elements.length !== count(shape)) throw new Refusal(400, "elements");
    tensors.set(name, { shape, elements });
  }
  if (at !== body.length) throw new Refusal(400, "the body is too long");
  const wanted = request.outputs ?? outputs.map(({ name }) => ({ name, parameters: undefined }));
  const tail: Uint8Array[] = [];
  const answers = wanted.map(({ name, parameters }) => {
    const spec = outputs.find((one) => one.name === name);
    const tensor = tensors.get(name.replace(/_back$/, ""));
    if (spec === undefined || tensor === undefined) throw new Refusal(400, name);
    const { datatype } = spec;
    const { shape, elements } = tensor;
    if (!(parameters?.["binary_data"] ?? request.parameters?.["binary_data_output"] ?? false)) {
      return { name, datatype, shape, data: elements };
    }
    const bytes = encode({ name, datatype, shape, elements });
    tail.push(bytes);
    return { name, datatype, shape, parameters: { binary_data_size: bytes.length } };
  });
  const id = request.id === undefined ? {} : { id: request.id };
  const json = { model_name: "echo", model_version: "1", ...id, outputs: answers };
  if (tail.length === 0) return { json };
  return { json, tail: concatenate(tail), type: "application/octet-stream" };
}

/** Integers beyond 2^53 as bigint. */
function exactly(_key: string, value: unknown, { source }: { source?: string }): unknown {
  const isLong = Number.isInteger(value) && !Number.isSafeInteger(value);
  return isLong && /^-?\d+$/.test(source ?? "") ? BigInt(source!) : value;
}

function accept(datatype: string, value: unknown): Element {
  const isRight = {
    FP32: () => typeof value === "number" && Number.isFinite(Math.fround(value)),
    FP64: () => typeof value === "number" || typeof value === "bigint",
    INT64: () =>
      (typeof value === "bigint" && BigInt.asIntN(64, value) === value) ||
      Number.isSafeInteger(value),
    UINT8: () => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 256,
    BYTES: () => typeof value === "string",
    BOOL: () => typeof value === "boolean",
  }[datatype];
  if (isRight?.() !== true) throw new Refusal(400, `no ${datatype}`);
  return datatype === "INT64" ? BigInt(value as number) : (value as Element);
}
