import type { Tensors } from "../model/model.ts";

/** What a request asks of a model, whatever its protocol: checked, and ready to run. */
export interface Question {
  inputs: Tensors;
  /** Names of the output tensors that the answer needs. */
  outputs: readonly string[];
  rows: number;
}

/** A JSON answer's body. */
export type Answer = Record<string, unknown>;
