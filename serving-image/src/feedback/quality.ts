import type { ModelContract } from "../../../contracts/model-contract.ts";
import type { Quality } from "../observer/messages.ts";
import { className, type Prediction } from "./recent-answers.ts";

/** How good the newest labelled answers of one release were (SPEC S-03). */
export class QualityWindow {
  readonly #contract: Pick<ModelContract, "task" | "classes">;
  /** By row: 1 where right, else 0; or the size of the error. */
  readonly #scores: Float64Array;
  #rows = 0;

  constructor(contract: Pick<ModelContract, "task" | "classes">, mostRows = 1_000) {
    this.#contract = contract;
    this.#scores = new Float64Array(mostRows);
  }

  /** Labels of one answer; as many as it has predictions. */
  add(predictions: readonly Prediction[], labels: readonly Prediction[]): void {
    for (const [row, prediction] of predictions.entries()) {
      const score = this.#score(prediction, labels[row] as Prediction);
      if (!Number.isNaN(score)) this.#scores[this.#rows++ % this.#scores.length] = score;
    }
  }

  get quality(): Quality {
    const rows = Math.min(this.#rows, this.#scores.length);
    if (rows === 0) return { rows };
    const mean = this.#scores.subarray(0, rows).reduce((sum, score) => sum + score, 0) / rows;
    return this.#contract.task === "classification"
      ? { rows, accuracy: mean }
      : { rows, error: mean };
  }

  #score(prediction: Prediction, label: Prediction): number {
    const { task, classes } = this.#contract;
    if (task === "regression") return Math.abs(Number(prediction) - Number(label));
    const meant = className(label, classes) ?? label;
    return String(meant) === String(prediction) ? 1 : 0;
  }
}
