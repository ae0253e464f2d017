/** Why a model is not served (yet), in words that an alert or a script can use. */
export type LoadReason =
  | "loading"
  | "release-missing"
  | "store-unreachable"
  | "store-refused"
  | "digest-mismatch"
  | "release-invalid"
  | "contract-invalid"
  | "contract-mismatch"
  | "graph-invalid"
  | "provider-missing"
  | "warm-up-failed"
  | "worker-lost";

export class LoadError extends Error {
  readonly reason: LoadReason;
  constructor(reason: LoadReason, message: string) {
    super(message);
    this.name = "LoadError";
    this.reason = reason;
  }
}

/** A request that the model's contract does not allow. The message names the field. */
export class InputError extends Error {
  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`);
    this.name = "InputError";
  }
}

/** More rows than the server takes at once. */
export class TooManyRowsError extends Error {
  constructor(field: string, rows: number, limit: number) {
    super(`${field}: ${rows} rows, at most ${limit} at once`);
    this.name = "TooManyRowsError";
  }
}

/** The model computed something that no protocol can say: NaN or infinity. */
export class NoFiniteAnswerError extends Error {
  constructor(tensor: string) {
    super(`${tensor}: the model has no finite answer for this input`);
    this.name = "NoFiniteAnswerError";
  }
}

/** More requests wait for the model than the server holds. */
export class QueueFullError extends Error {
  /** When to come back, by how long the model's runs take. */
  readonly retryAfterSeconds: number;
  constructor(queued: number, retryAfterSeconds: number) {
    super(`${queued} requests wait for the model already: try again in ${retryAfterSeconds} s`);
    this.name = "QueueFullError";
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The request's time was over before the model was free for it. */
export class DeadlineError extends Error {
  constructor() {
    super("the deadline passed before the model was free");
    this.name = "DeadlineError";
  }
}

/** The caller went before the model was free. */
export class AbortedError extends Error {
  constructor() {
    super("the caller is gone");
    this.name = "AbortedError";
  }
}

/** The graph ran and failed: it cannot take these inputs, though they are of its types and shapes. */
export class RunFailedError extends Error {
  constructor(message: string) {
    super(`the model fails on this input: ${message.slice(0, 500)}`);
    this.name = "RunFailedError";
  }
}

/** The thread that ran the model ended, and its requests with it; or it is not back yet. */
export class WorkerLostError extends Error {
  constructor(message: string) {
    super(`the model's worker is lost: ${message.slice(0, 500)}`);
    this.name = "WorkerLostError";
  }
}
