import type { FeedbackRecord } from "../../contracts/audit-record.ts";
import type { LabelledQuality } from "../../contracts/drift.ts";
import type { ReleaseView } from "./release-view.ts";

type Label = string | number;

interface Labelled {
  labels: readonly Label[];
  predictions: readonly Label[] | undefined;
  release: string | undefined;
}

/** Labels of a window, and the answers they are about. A label that comes twice counts as it came last. */
export class Labels {
  readonly #labelled = new Map<string, Labelled>();

  add({ requestId, labels, predictions, release }: FeedbackRecord): void {
    const before = this.#labelled.get(requestId);
    this.#labelled.set(requestId, {
      labels,
      // A server that has forgotten the answer sends the label alone.
      predictions: predictions ?? before?.predictions,
      release: release ?? before?.release,
    });
  }

  /** An answer that was logged: labels that could not be joined by a server are joined here. */
  answered(requestId: string, release: string, predictionsOf: () => readonly Label[]): void {
    const labelled = this.#labelled.get(requestId);
    if (labelled === undefined || labelled.predictions !== undefined) return;
    const predictions = predictionsOf();
    if (predictions.length > 0) Object.assign(labelled, { predictions, release });
  }

  /** Releases that labels are about. */
  get releases(): string[] {
    return [...new Set([...this.#labelled.values()].flatMap(({ release }) => release ?? []))];
  }

  /** How good a release was where there are labels; undefined where there are none. */
  quality({ release, contract, manifest }: ReleaseView): LabelledQuality | undefined {
    const scores: number[] = [];
    for (const { labels, predictions, release: of } of this.#labelled.values()) {
      if (of !== release || predictions?.length !== labels.length) continue;
      predictions.forEach((prediction, row) => {
        const label = labels[row] as Label;
        const meant = typeof label === "number" ? (contract.classes?.[label] ?? label) : label;
        scores.push(
          contract.task === "classification"
            ? Number(String(meant) === String(prediction))
            : Math.abs(Number(prediction) - Number(label)),
        );
      });
    }
    const rows = scores.length;
    if (rows === 0) return undefined;
    const mean = scores.reduce((sum, score) => sum + score, 0) / rows;
    if (contract.task === "regression") return { rows, error: mean };
    const { accuracy: reference } = manifest.evidence.metrics;
    return {
      rows,
      accuracy: mean,
      ...(typeof reference === "number" ? { reference, drop: reference - mean } : {}),
    };
  }
}
