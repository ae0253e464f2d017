import type { ServedModel, Tensors } from "../model/model.ts";

/** What a request asks of a model, whatever its protocol: checked, and ready to run. */
export interface Question {
  inputs: Tensors;
  /** Names of the output tensors that the answer needs. */
  outputs: readonly string[];
  rows: number;
}

/** An answer whose JSON is followed by tensors in binary. */
export class BinaryAnswer {
  readonly head: Buffer;
  readonly tensors: readonly Uint8Array[];
  constructor(head: Buffer, tensors: readonly Uint8Array[]) {
    this.head = head;
    this.tensors = tensors;
  }
}

/** An answer's body: JSON, or JSON with tensors behind it. */
export type Answer = Readonly<Record<string, unknown>> | BinaryAnswer;

/** What a protocol gets of a request. */
export interface Asked {
  body: Buffer;
  /** Length of the body's JSON where binary tensors follow it, as its header says. */
  headerLength: string | undefined;
  /** Names in the path. */
  model: string | undefined;
  version: string | undefined;
  query: URLSearchParams;
}

export interface Limits {
  maxRows: number;
}

/**
 * Finds the model that is meant; the only one where no name is given.
 * @throws HttpError 404 where there is none, 503 where it is not ready, 400 where a name is needed
 */
export type ChooseModel = (name?: string, version?: string) => ServedModel;

/** A question with the model it is for, and how to say the answer. */
export interface Prepared<A = Answer> {
  model: ServedModel;
  question: Question;
  /** @throws NoFiniteAnswerError */
  answer: (outputs: Tensors) => A;
}

/**
 * Reads a request. In one turn of the event loop, so that the model it chose is still there when it is asked.
 * @throws InputError, TooManyRowsError, HttpError of `choose`
 */
export type Protocol = (asked: Asked, choose: ChooseModel, limits: Limits) => Prepared;
