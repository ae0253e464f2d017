import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Properties } from "../shared/values.ts";
import { numberAt, objectsAt, textAt } from "../shared/values.ts";
import type { Connection } from "./kubeconfig.ts";

/** An answer of the API server that is not a success. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly status: Properties;
  constructor(code: number, status: Properties) {
    super(textAt(status, "message") || `the API server answered ${code}`);
    this.code = code;
    this.reason = textAt(status, "reason");
    this.status = status;
  }

  /** The causes the server lists: which field, and what is wrong with it. */
  get causes(): { field: string; message: string; reason: string }[] {
    return objectsAt(this.status, "details", "causes").map((cause) => ({
      field: textAt(cause, "field"),
      message: textAt(cause, "message"),
      reason: textAt(cause, "reason"),
    }));
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409;
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** How long one attempt may take, in milliseconds. @default 60000 */
  readonly timeoutMs?: number;
  /** @default 4 */
  readonly attempts?: number;
}

export type Method = "GET" | "PUT" | "PATCH" | "DELETE" | "POST";

const defaultAttempts = 4;
const defaultTimeoutMs = 60_000;

/**
 * A small REST client for one API server: JSON in, JSON out, over kept-alive connections. Cancelling ends retries, never
 * a request under way: what it did would be lost to the state.
 */
export class Client {
  readonly #connection: Connection;
  readonly #agent: https.Agent | http.Agent;
  readonly #cancelled: AbortSignal;

  constructor(connection: Connection, cancelled: AbortSignal) {
    this.#connection = connection;
    this.#cancelled = cancelled;
    this.#agent =
      connection.server.protocol === "https:"
        ? new https.Agent({ keepAlive: true, maxSockets: 32, ...connection.tls })
        : new http.Agent({ keepAlive: true, maxSockets: 32 });
  }

  get namespace(): string {
    return this.#connection.namespace;
  }

  get server(): string {
    return this.#connection.server.href.replace(/\/$/, "");
  }

  /**
   * Sends a request. Lost connections and "too many requests" are tried again: every request made here is idempotent.
   * @throws ApiError where the server refuses; a plain error naming the server where it cannot be reached.
   */
  async request(method: Method, path: string, options: RequestOptions = {}): Promise<Properties> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(method, path, options);
      } catch (error) {
        const last = attempt >= (options.attempts ?? defaultAttempts);
        const wait = last ? undefined : retryDelayMs(error, attempt);
        if (wait === undefined || this.#cancelled.aborted) throw error;
        await sleep(wait, undefined, { signal: this.#cancelled });
      }
    }
  }

  async #once(method: Method, path: string, options: RequestOptions): Promise<Properties> {
    const { server } = this.#connection;
    const url = new URL(server.pathname.replace(/\/$/, "") + path, server);
    for (const [key, value] of Object.entries(options.query ?? {}))
      url.searchParams.set(key, value);
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const authorization = await this.#connection.authorization();
    const timeout = options.timeoutMs ?? defaultTimeoutMs;
    const headers: Record<string, string> = {
      accept: "application/json",
      "user-agent": "isotherm-stand-in-kubernetes",
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && {
        "content-type": options.contentType ?? "application/json",
        "content-length": String(Buffer.byteLength(body)),
      }),
    };
    const send = url.protocol === "https:" ? https.request : http.request;
    return new Promise((resolve, reject) => {
      const request = send(url, { method, headers, agent: this.#agent, timeout }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const code = response.statusCode ?? 0;
          const answer = parseAnswer(Buffer.concat(chunks).toString("utf8"), code);
          if (code >= 200 && code < 300) resolve(answer);
          else reject(new ApiError(code, answer));
        });
      });
      request.on("timeout", () =>
        request.destroy(new Error(`no answer within ${timeout / 1000} s`)),
      );
      request.on("error", (error) => {
        reject(new ConnectionError(`cannot reach ${this.server}: ${error.message}`, error));
      });
      request.end(body);
    });
  }
}

/** The server did not answer at all. */
export class ConnectionError extends Error {
  readonly code: string;
  constructor(message: string, cause: NodeJS.ErrnoException) {
    super(message, { cause });
    this.code = cause.code ?? "";
  }
}

function parseAnswer(text: string, code: number): Properties {
  try {
    return JSON.parse(text) as Properties;
  } catch {
    return { message: text.trim().slice(0, 500) || `empty answer (${code})` };
  }
}

function retryDelayMs(error: unknown, attempt: number): number | undefined {
  if (error instanceof ConnectionError) {
    return ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(error.code) ? 200 * attempt : undefined;
  }
  if (error instanceof ApiError && (error.code === 429 || error.code === 503)) {
    return 1000 * (numberAt(error.status, "details", "retryAfterSeconds") ?? 1);
  }
  return undefined;
}
