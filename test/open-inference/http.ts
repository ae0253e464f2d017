import type { z } from "zod";
import { Failed } from "./clause.ts";

/** One answer, with its bytes as they came. */
export interface Exchange {
  /** Method and path, for messages. */
  request: string;
  status: number;
  headers: Headers;
  bytes: Uint8Array;
}

export interface ClientOptions {
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Milliseconds that one answer may take. @default 30000 */
  timeoutMs?: number;
}

/** Requests to one server; what it answers is looked at by others. */
export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get(path: string): Promise<Exchange> {
    return this.#send("GET", path);
  }

  post(
    path: string,
    body: string | Uint8Array,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Exchange> {
    const type = "application/json";
    return this.#send("POST", path, { "content-type": type, ...headers }, body);
  }

  /** @throws Failed where no answer came */
  async #send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string | Uint8Array,
  ): Promise<Exchange> {
    const request = `${method} ${path}`;
    try {
      const response = await fetch(`${this.#options.url}${path}`, {
        method,
        headers: { ...this.#options.headers, ...headers },
        redirect: "manual",
        signal: AbortSignal.timeout(this.#options.timeoutMs ?? 30_000),
        ...(body === undefined ? {} : { body: body as string }),
      });
      const bytes = new Uint8Array(await response.arrayBuffer());
      return { request, status: response.status, headers: response.headers, bytes };
    } catch (error) {
      const { message, cause } = error as Error;
      const reason = cause instanceof Error ? cause.message : message;
      throw new Failed(`${request}: no answer: ${reason}`);
    }
  }
}

/** The first words of a body, for messages. */
export function excerpt({ bytes }: Exchange): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 120));
  return text === "" ? "an empty body" : text;
}

/** @throws Failed unless the status is 200 */
export function demand200(exchange: Exchange): void {
  if (exchange.status === 200) return;
  throw new Failed(`${exchange.request} is answered with ${exchange.status}: ${excerpt(exchange)}`);
}

/**
 * The JSON of an answer in the form that a schema gives.
 * @throws Failed that names the first field at fault
 */
export function parsed<T>(exchange: Exchange, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(exchange.bytes));
  } catch {
    throw new Failed(`${exchange.request}: the body is not JSON: ${excerpt(exchange)}`);
  }
  return conforming(exchange.request, value, schema);
}

/** @throws Failed that names the first field at fault */
export function conforming<T>(request: string, value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.map(String).join(".") ?? "";
  throw new Failed(`${request}: ${place === "" ? "the body" : place}: ${issue?.message}`);
}
