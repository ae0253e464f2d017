import { z } from "zod";
import { Failed, Skipped } from "./clause.ts";
import { type Client, demand200, parsed } from "./http.ts";
import { type InferAnswer, inferAnswer } from "./answer.ts";
import { dataType, count, type Tensor, toJson } from "./tensors.ts";

const ServerMetadata = z.object({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
});
export type ServerMetadata = z.infer<typeof ServerMetadata>;

const MetadataTensor = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int().min(-1)),
});
export type MetadataTensor = z.infer<typeof MetadataTensor>;

const ModelMetadata = z.object({
  name: z.string(),
  // Null is a fault of one clause, after which the others still have something to ask.
  versions: z.array(z.string()).nullish(),
  platform: z.string(),
  inputs: z.array(MetadataTensor),
  outputs: z.array(MetadataTensor),
});
export type ModelMetadata = z.infer<typeof ModelMetadata>;

/** The JSON object of an inference request; clauses put into it what they like. */
export type InferRequest = Record<string, unknown>;

/** The server and model under test: what they say about themselves, asked once, and requests made of it. */
export class Target {
  readonly client: Client;
  readonly model: string;
  readonly #given: readonly Tensor[] | undefined;
  #server: Promise<ServerMetadata> | undefined;
  #metadata: Promise<ModelMetadata> | undefined;

  /** @param given inputs that the model can answer, where made ones will not do */
  constructor(client: Client, model: string, given?: readonly Tensor[]) {
    this.client = client;
    this.model = model;
    this.#given = given;
  }

  /** Path of the model's routes, of one of its versions where one is named. */
  path(tail = "", version?: string, model: string = this.model): string {
    const versions = version === undefined ? "" : `/versions/${encodeURIComponent(version)}`;
    return `/v2/models/${encodeURIComponent(model)}${versions}${tail}`;
  }

  /** @throws Failed where the server has no proper metadata */
  server(): Promise<ServerMetadata> {
    return (this.#server ??= this.#ask("/v2", ServerMetadata));
  }

  /** @throws Failed where the model has no proper metadata */
  metadata(): Promise<ModelMetadata> {
    return (this.#metadata ??= this.#ask(this.path(), ModelMetadata));
  }

  /** The versions that may be asked for. @throws Skipped where there is none */
  async versions(): Promise<[string, ...string[]]> {
    const [first, ...others] = (await this.metadata()).versions ?? [];
    if (first === undefined) throw new Skipped("the model's metadata names no version");
    return [first, ...others];
  }

  /**
   * Inputs of the right names, types and shapes.
   * @param rows size of the first dimension where it is open; other open ones are 1
   * @param offset another number gives other elements
   */
  async inputs({ rows = 1, offset = 0 } = {}): Promise<[Tensor, ...Tensor[]]> {
    const made = (await this.metadata()).inputs.map((spec) => sample(spec, rows, offset));
    const [first, ...others] = rows === 1 && offset === 0 ? (this.#given ?? made) : made;
    if (first === undefined) throw new Failed("the model's metadata names no input");
    return [first, ...others];
  }

  /** An inference request. @param changes fields beside `inputs`, or in their place */
  async request(changes: InferRequest = {}, inputs?: readonly Tensor[]): Promise<InferRequest> {
    return { inputs: (inputs ?? (await this.inputs())).map(jsonInput), ...changes };
  }

  /** Sends a request as JSON, to the model's own route. */
  send(request: InferRequest | string, route: string = this.path("/infer")) {
    return this.client.post(route, typeof request === "string" ? request : toJson(request));
  }

  /** Sends a request that has to be answered. @throws Failed where it is not, or not in the protocol's form */
  async infer(changes: InferRequest = {}, inputs?: readonly Tensor[]): Promise<InferAnswer> {
    const exchange = await this.send(await this.request(changes, inputs));
    demand200(exchange);
    return inferAnswer(exchange);
  }

  async #ask<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const exchange = await this.client.get(path);
    demand200(exchange);
    return parsed(exchange, schema);
  }
}

/** A tensor in the form of a request. */
export function jsonInput({ name, shape, datatype, elements }: Tensor): Record<string, unknown> {
  return { name, shape, datatype, data: elements };
}

function sample({ name, datatype, shape: open }: MetadataTensor, rows: number, offset: number) {
  const shape = open.map((size, axis) => (size >= 0 ? size : axis === 0 ? rows : 1));
  const { samples } = dataType(datatype);
  const elements = Array.from(
    { length: count(shape) },
    (_unused, index) => samples[(index + offset) % samples.length]!,
  );
  return { name, datatype, shape, elements };
}
