import type { Logger } from "pino";
import type { Metrics } from "../metrics.ts";
import {
  AbortedError,
  DeadlineError,
  InputError,
  NoFiniteAnswerError,
  QueueFullError,
  RunFailedError,
  TooManyRowsError,
  WorkerLostError,
} from "../model/errors.ts";
import type { Exchange } from "./exchange.ts";

/** An answer that is not 2xx, with a message for the client and a kind for the metrics. */
export class HttpError extends Error {
  readonly status: number;
  readonly kind: string;
  /** When the same request may be answered, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  constructor(status: number, kind: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.kind = kind;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Status of a request whose caller went: told to nobody, but counted. */
export const callerGone = 499;

/** Any failure as an answer; what is not the client's fault is told without details. */
export function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof InputError) return new HttpError(400, "bad-input", error.message);
  if (error instanceof TooManyRowsError) return new HttpError(413, "too-large", error.message);
  if (error instanceof NoFiniteAnswerError) {
    return new HttpError(422, "no-finite-answer", error.message);
  }
  if (error instanceof RunFailedError) return new HttpError(422, "run-failed", error.message);
  if (error instanceof QueueFullError) {
    return new HttpError(429, "queue-full", error.message, error.retryAfterSeconds);
  }
  if (error instanceof DeadlineError) return new HttpError(504, "deadline", error.message);
  if (error instanceof AbortedError) return new HttpError(callerGone, "aborted", error.message);
  if (error instanceof WorkerLostError) return new HttpError(503, "worker-lost", error.message, 1);
  // What express refuses: a path that does not decode.
  const { status, message } = error as { status?: unknown; message?: unknown };
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new HttpError(status, "bad-request", String(message));
  }
  return new HttpError(500, "internal", "internal error");
}

/** Counts a failure, and logs it where it is the server's own. @returns what to answer */
export function failure(
  error: unknown,
  exchange: Exchange,
  metrics: Metrics,
  log: Logger,
): HttpError {
  const known = asHttpError(error);
  metrics.error(known.kind, exchange.model?.lineage.name);
  if (known.kind === "internal" || known.kind === "worker-lost") {
    const { requestId, route: path } = exchange;
    log.error({ err: error, requestId, path }, "request failed");
  }
  return known;
}
