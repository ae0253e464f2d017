import type { RowDifference } from "./difference.ts";

/** What all rows of one request came to. */
export class Pair {
  readonly durationMs: { primary: number; shadow: number };
  rows = 0;
  disagreeing = 0;
  /** Rows with two finite numbers. */
  finite = 0;
  absoluteSum = 0;
  absoluteMax = 0;
  relativeSum = 0;
  relativeMax = 0;
  /** Absent where no row has probabilities on both sides. */
  probabilityMax: number | undefined;
  readonly nonFinite = { primary: 0, shadow: 0 };

  constructor(differences: readonly RowDifference[], durationMs: Pair["durationMs"]) {
    this.durationMs = durationMs;
    for (const { disagrees, absolute, relative, probability, nonFinite } of differences) {
      this.rows++;
      if (disagrees) this.disagreeing++;
      if (nonFinite.primary) this.nonFinite.primary++;
      if (nonFinite.shadow) this.nonFinite.shadow++;
      if (probability !== undefined) {
        this.probabilityMax = Math.max(this.probabilityMax ?? 0, probability);
      }
      if (absolute === undefined || relative === undefined) continue;
      this.finite++;
      this.absoluteSum += absolute;
      this.absoluteMax = Math.max(this.absoluteMax, absolute);
      this.relativeSum += relative;
      this.relativeMax = Math.max(this.relativeMax, relative);
    }
  }
}
