import type { Elements, ObservedAnswer, ObservedModel } from "../observer/answers.ts";
import type { FeedbackResult } from "../observer/messages.ts";

/** A prediction of one row: the name of a class, or a number. */
export type Prediction = string | number;

/** An answer that a label may still come for. */
export class Known {
  readonly #model: ObservedModel;
  /** A copy, which keeps no sheet in memory; the most common, of one row, without a list around it. */
  readonly #elements: Prediction | readonly Prediction[];
  #isLabelled = false;

  constructor(model: ObservedModel, elements: Elements) {
    this.#model = model;
    this.#elements = elements.length === 1 ? plain(elements[0]!) : Array.from(elements, plain);
  }

  get key(): number {
    return this.#model.key;
  }

  get model(): string {
    return this.#model.lineage.name;
  }

  get release(): string {
    return this.#model.lineage.release;
  }

  /** One a row. */
  get predictions(): Prediction[] {
    const { classes } = this.#model.contract;
    return [this.#elements].flat().map((value) => className(value, classes) ?? value);
  }

  /** Takes its labels, once. */
  label(labels: readonly Prediction[]): Exclude<FeedbackResult, "unknown-request"> {
    if (labels.length !== [this.#elements].flat().length) return "mismatch";
    if (this.#isLabelled) return "repeated";
    this.#isLabelled = true;
    return "joined";
  }
}

function plain(element: number | bigint | string): Prediction {
  return typeof element === "bigint" ? Number(element) : element;
}

/** Rows of all answers that are remembered, at most. */
const mostRows = 50_000;

/**
 * The newest answers by request id, so that a label finds what it is about. The older half goes at once: taking the
 * oldest out of a large Map one by one is slow.
 */
export class RecentAnswers {
  readonly #mostRows: number;
  #newer = new Map<string, Known>();
  #older = new Map<string, Known>();
  #newerRows = 0;

  constructor(most = mostRows) {
    this.#mostRows = most;
  }

  add(model: ObservedModel, answer: ObservedAnswer): void {
    const { requestId, rows, isShadow, outputs } = answer;
    const elements = outputs[predictionsPlace(model)];
    // Several numbers a row are no prediction that a label could be held against.
    if (isShadow || elements?.length !== rows || rows > this.#mostRows / 2) return;
    if (this.#newerRows + rows > this.#mostRows / 2) {
      this.#older = this.#newer;
      this.#newer = new Map();
      this.#newerRows = 0;
    }
    this.#newer.set(requestId, new Known(model, elements));
    this.#newerRows += rows;
  }

  /** @param model where given, an answer of another model is not meant */
  get(requestId: string, model?: string): Known | undefined {
    const known = this.#newer.get(requestId) ?? this.#older.get(requestId);
    return model === undefined || known?.model === model ? known : undefined;
  }
}

const places = new WeakMap<ObservedModel, number>();

function predictionsPlace(model: ObservedModel): number {
  let place = places.get(model);
  if (place === undefined) {
    const { outputs, predictions } = model.contract;
    place = outputs.findIndex(({ name }) => name === predictions);
    places.set(model, place);
  }
  return place;
}

/** Clients may name a class by its name or by its index. */
export function className(label: Prediction, classes: readonly string[] | undefined) {
  return typeof label === "number" ? classes?.[label] : undefined;
}
