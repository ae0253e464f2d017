import type { EarlyStopping } from "../../contracts/sweep.ts";

/** Follows one trial and says where it stands at rungs: steps that each are twice as far as the one before. */
export class Climb {
  readonly #metric: string;
  readonly #first: number;
  #best = Infinity;
  #rung: number;

  constructor({ metric, afterSteps }: EarlyStopping) {
    this.#metric = metric;
    this.#first = Math.max(afterSteps, 1);
    this.#rung = this.#first;
  }

  /** Goes on from what an earlier attempt reached: the lowest value by each rung that it came to. */
  resume(reached: ReadonlyMap<number, number>): void {
    for (const [rung, best] of reached) {
      this.#best = Math.min(this.#best, best);
      while (this.#rung <= rung) this.#rung *= 2;
    }
  }

  /**
   * Takes what was logged in some steps.
   * @returns the lowest value by each rung that was reached in them, in order
   */
  take(
    firstStep: number,
    traces: Readonly<Record<string, ArrayLike<number>>>,
  ): Map<number, number> {
    const reached = new Map<number, number>();
    const values = traces[this.#metric] ?? [];
    for (let index = 0; index < values.length; index++) {
      const value = values[index] as number;
      if (value < this.#best) this.#best = value;
      if (firstStep + index < this.#rung) continue;
      reached.set(this.#rung, this.#best);
      this.#rung *= 2;
    }
    return reached;
  }
}

/**
 * The median rule (Golovin et al., Google Vizier, KDD 2017, section 3.2.2), with the lowest value so far on both sides.
 * @param own lowest value by a rung
 * @param others of the trials that have come as far
 * @returns the median that is out of reach; undefined where the trial may go on
 */
export function outOfReach(
  rule: EarlyStopping,
  own: number,
  others: readonly number[],
): number | undefined {
  if (others.length < rule.minTrials) return undefined;
  const sorted = others.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  const median =
    ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
  return own > median ? median : undefined;
}
