import type { ShadowDifference } from "../../../contracts/shadow.ts";
import { metricValue } from "../../../contracts/primitives.ts";
import type { RowDifference } from "./difference.ts";

interface Held {
  score: number;
  difference: ShadowDifference;
}

/** Rows that differ most, of all that were seen; few are kept. */
export class Largest {
  readonly #most: number;
  #held: Held[] = [];

  /** @param most how many are told in the end */
  constructor(most: number) {
    this.#most = most;
  }

  /** @param inputsOf a row's features, as far as they are logged; asked for the rows that are kept alone */
  add(
    request: { requestId: string; time: number },
    differences: readonly RowDifference[],
    inputsOf: (row: number) => readonly unknown[] | undefined,
  ): void {
    for (const each of differences) {
      const score = scoreOf(each);
      // More than are told, since some may be forgotten again.
      const isFull = this.#held.length >= 4 * this.#most;
      if (score === 0 || (isFull && score <= (this.#held.at(-1)?.score ?? 0))) continue;
      const inputs = inputsOf(each.row);
      const difference: ShadowDifference = {
        requestId: request.requestId,
        row: each.row,
        time: new Date(request.time).toISOString(),
        primary: named(each.primary),
        shadow: named(each.shadow),
        ...(each.probability === undefined ? {} : { probability: each.probability }),
        ...(inputs === undefined ? {} : { inputs: [...inputs] }),
      };
      const after = this.#held.findIndex((held) => held.score < score);
      this.#held.splice(after < 0 ? this.#held.length : after, 0, { score, difference });
      if (isFull) this.#held.pop();
    }
  }

  /** What was said of a request does not count. */
  forget(requestId: string): void {
    this.#held = this.#held.filter(({ difference }) => difference.requestId !== requestId);
  }

  get differences(): ShadowDifference[] {
    return this.#held.slice(0, this.#most).map(({ difference }) => difference);
  }
}

/** A row without a number on one side comes first, then other classes, by how sure the two were. */
function scoreOf({ disagrees, relative, probability = 0, nonFinite }: RowDifference): number {
  if (nonFinite.primary !== nonFinite.shadow) return Infinity;
  return relative ?? Number(disagrees) + probability;
}

function named(value: string | number): string | number {
  return typeof value === "number" ? metricValue(value) : value;
}
