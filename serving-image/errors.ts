/** A request that cannot be answered, and why: the client's fault unless the status says otherwise. */
export class RequestError extends Error {
  readonly status: number;
  /** Value of the label `error_type`, one of a fixed few. */
  readonly type: ErrorType;
  constructor(status: number, type: ErrorType, message: string) {
    super(message);
    this.name = "RequestError";
    this.status = status;
    this.type = type;
  }
}

export type ErrorType =
  "bad_request" | "unauthorized" | "not_found" | "too_large" | "not_ready" | "inference" | "config";

export function badRequest(message: string): RequestError {
  return new RequestError(400, "bad_request", message);
}
