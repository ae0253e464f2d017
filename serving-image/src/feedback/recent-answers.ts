import type { ModelContract } from "../../../contracts/model-contract.ts";
import type { ObservedAnswer, ObservedModel } from "../observer/answers.ts";
import type { FeedbackResult } from "../observer/messages.ts";

/** A prediction of one row: the name of a class, or a number. */
export type Prediction = string | number;

/** An answer that a label may still come for. */
export class Known {
  readonly key: number;
  readonly model: string;
  readonly release: string;
  readonly predictions: readonly Prediction[];
  #isLabelled = false;

  constructor({ key, lineage }: ObservedModel, predictions: readonly Prediction[]) {
    this.key = key;
    this.model = lineage.name;
    this.release = lineage.release;
    this.predictions = predictions;
  }

  /** Takes its labels, once. */
  label(labels: readonly Prediction[]): Exclude<FeedbackResult, "unknown-request"> {
    if (labels.length !== this.predictions.length) return "mismatch";
    if (this.#isLabelled) return "repeated";
    this.#isLabelled = true;
    return "joined";
  }
}

/** Rows of all answers that are remembered, at most. */
const mostRows = 50_000;

/** The newest answers by request id, so that a label finds what it is about. */
export class RecentAnswers {
  readonly #known = new Map<string, Known>();
  readonly #mostRows: number;
  #rows = 0;

  constructor(most = mostRows) {
    this.#mostRows = most;
  }

  add(model: ObservedModel, answer: ObservedAnswer): void {
    if (answer.isShadow || answer.rows > this.#mostRows) return;
    const predictions = predictionsOf(model.contract, answer);
    if (predictions === undefined) return;
    this.#forget(answer.requestId);
    this.#known.set(answer.requestId, new Known(model, predictions));
    this.#rows += predictions.length;
    for (const oldest of this.#known.keys()) {
      if (this.#rows <= this.#mostRows) return;
      this.#forget(oldest);
    }
  }

  /** @param model where given, an answer of another model is not meant */
  get(requestId: string, model?: string): Known | undefined {
    const known = this.#known.get(requestId);
    return model === undefined || known?.model === model ? known : undefined;
  }

  #forget(requestId: string): void {
    const known = this.#known.get(requestId);
    if (known === undefined) return;
    this.#known.delete(requestId);
    this.#rows -= known.predictions.length;
  }
}

/** One prediction a row; undefined where the answer has none, or several a row. */
export function predictionsOf(
  { outputs, predictions, classes }: ModelContract,
  answer: ObservedAnswer,
): Prediction[] | undefined {
  const elements = answer.outputs[outputs.findIndex(({ name }) => name === predictions)];
  if (elements?.length !== answer.rows) return undefined;
  return Array.from(elements, (value) => {
    if (typeof value === "string") return value;
    const number = Number(value);
    return className(number, classes) ?? number;
  });
}

/** Clients may name a class by its name or by its index. */
export function className(label: Prediction, classes: readonly string[] | undefined) {
  return typeof label === "number" ? classes?.[label] : undefined;
}
