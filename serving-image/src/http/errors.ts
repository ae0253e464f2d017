import type { ErrorRequestHandler } from "express";
import type { Logger } from "pino";
import type { Metrics } from "../metrics.ts";
import { InputError, NoFiniteAnswerError, TooManyRowsError } from "../model/errors.ts";
import { stateOf } from "./state.ts";

/** An answer that is not 2xx, with a message for the client and a kind for the metrics. */
export class HttpError extends Error {
  readonly status: number;
  readonly kind: string;
  constructor(status: number, kind: string, message: string) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.kind = kind;
  }
}

/** Every failure leaves as `{"error": ...}`; what is not the client's fault is logged and told without details. */
export function errorHandler(metrics: Metrics, log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const known = asHttpError(error);
    const state = stateOf(response);
    metrics.error(known.kind, state.model?.lineage.name);
    if (known.status >= 500 && known.kind === "internal") {
      log.error({ err: error, requestId: state.requestId, path: state.route }, "request failed");
    }
    if (response.headersSent) next(error);
    else response.status(known.status).json({ error: known.message });
  };
}

function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof InputError) return new HttpError(400, "bad-input", error.message);
  if (error instanceof TooManyRowsError) return new HttpError(413, "too-large", error.message);
  if (error instanceof NoFiniteAnswerError) {
    return new HttpError(422, "no-finite-answer", error.message);
  }
  // What express and its body parser refuse: a path that does not decode, a body too long or cut short.
  const { status, message } = error as { status?: unknown; message?: unknown };
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new HttpError(status, status === 413 ? "too-large" : "bad-request", String(message));
  }
  return new HttpError(500, "internal", "internal error");
}
