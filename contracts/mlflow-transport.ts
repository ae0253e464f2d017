import pRetry, { AbortError } from "p-retry";
import { z } from "zod";

export interface MlflowOptions {
  /** Base URL of the tracking server. */
  url: string;
  /** Tries after the first one, for network errors, 429 and 5xx. @default 5 */
  retries?: number;
  /** Limit of one request in milliseconds. @default 30000 */
  timeoutMs?: number;
  /** Pause before the first further try in milliseconds; it doubles up to 5 s. @default 200 */
  retryDelayMs?: number;
  fetch?: typeof fetch;
}

/** An answer of the registry that is not 2xx. */
export class MlflowError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(path: string, status: number, code: string, message: string) {
    super(`mlflow: ${path} answered ${status} ${code}: ${message}`);
    this.name = "MlflowError";
    this.status = status;
    this.code = code;
  }
}

/** One request to MLflow's server, with its tries and its errors. */
export class MlflowTransport {
  readonly #url: string;
  readonly #retries: number;
  readonly #timeoutMs: number;
  readonly #retryDelayMs: number;
  readonly #fetch: typeof fetch;

  constructor(options: MlflowOptions) {
    this.#url = options.url.replace(/\/$/, "");
    this.#retries = options.retries ?? 5;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#retryDelayMs = options.retryDelayMs ?? 200;
    this.#fetch = options.fetch ?? fetch;
  }

  /** Asks an endpoint of the REST API for JSON. */
  async get(endpoint: string, query: Record<string, string>): Promise<unknown> {
    const response = await this.send(
      "GET",
      `api/2.0/mlflow/${endpoint}?${new URLSearchParams(query)}`,
    );
    return response.json();
  }

  /** Hands JSON to an endpoint of the REST API. */
  async post(endpoint: string, body: unknown): Promise<unknown> {
    const response = await this.send("POST", `api/2.0/mlflow/${endpoint}`, JSON.stringify(body));
    return response.json();
  }

  /**
   * Any request, to a path below the base URL.
   * @throws MlflowError for an answer that is not 2xx, after the tries that are worth it
   */
  async send(
    method: string,
    path: string,
    body?: RequestInit["body"],
    contentType = "application/json",
  ): Promise<Response> {
    const attempt = async (): Promise<Response> => {
      const init: RequestInit = { method, signal: AbortSignal.timeout(this.#timeoutMs) };
      if (body !== undefined)
        Object.assign(init, { body, headers: { "content-type": contentType } });
      const response = await this.#fetch(`${this.#url}/${path}`, init);
      if (response.ok) return response;
      const error = await errorOf(path, response);
      if (error.status === 429 || error.status >= 500 || isRace(error)) throw error;
      throw new AbortError(error);
    };
    return pRetry(attempt, {
      retries: this.#retries,
      minTimeout: this.#retryDelayMs,
      maxTimeout: 5_000,
      randomize: true,
    });
  }
}

/** Of two that log the same at one instant MLflow's database refuses one, and takes what it says when it asks again. */
function isRace({ code, message }: MlflowError): boolean {
  return code === "BAD_REQUEST" && /unique constraint/i.test(message);
}

/** An artifact that is not in the S3 bucket behind MLflow is told as a fault of the server (3.17). */
function isMissingObject({
  error_code,
  message,
}: {
  error_code: string;
  message: string;
}): boolean {
  return error_code === "INTERNAL_ERROR" && /\(404\) when calling the HeadObject/.test(message);
}

async function errorOf(path: string, response: Response): Promise<MlflowError> {
  const text = await response.text();
  const route = path.split("?")[0] ?? path;
  try {
    const body = z.object({ error_code: z.string(), message: z.string() }).parse(JSON.parse(text));
    if (isMissingObject(body)) {
      return new MlflowError(route, 404, "RESOURCE_DOES_NOT_EXIST", body.message);
    }
    return new MlflowError(route, response.status, body.error_code, body.message);
  } catch {
    return new MlflowError(route, response.status, response.statusText, text.slice(0, 200));
  }
}

/** Whether the registry answered with this error code. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof MlflowError && error.code === code;
}
