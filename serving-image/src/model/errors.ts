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
  | "warm-up-failed";

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
