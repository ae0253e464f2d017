import type { ModelContract } from "../../../contracts/model-contract.ts";
import type { Elements, ObservedAnswer } from "./answers.ts";

interface Watched {
  name: string;
  low: number;
  high: number;
  words: ReadonlySet<string> | undefined;
}

/** So many features have a count of their own; further ones share one. Labels must stay few. */
const mostFeatures = 64;
export const otherFeatures = "others";

/** Counts values that training never saw, by feature. Missing values are not among them. */
export class InputRanges {
  readonly #watched: (Watched | undefined)[];
  readonly #counts: Float64Array;

  constructor({ features }: Pick<ModelContract, "features">) {
    this.#watched = features.map(({ name, range, categories }) => {
      if (range === undefined && categories === undefined) return undefined;
      const [low, high] = range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      return { name, low, high, words: categories && new Set(categories) };
    });
    this.#counts = new Float64Array(features.length);
  }

  look({ inputs, rows }: ObservedAnswer): void {
    const width = inputs.reduce((total, elements) => total + elements.length, 0) / rows;
    if (width !== this.#watched.length) return;
    let first = 0;
    for (const elements of inputs) {
      const size = elements.length / rows;
      this.#tensor(elements, size, first);
      first += size;
    }
  }

  /** What was counted since the last time, of those features that have any. */
  take(): Map<string, number> {
    const taken = new Map<string, number>();
    const known = this.#watched.filter((feature) => feature !== undefined);
    this.#counts.forEach((count, place) => {
      const feature = this.#watched[place];
      if (count === 0 || feature === undefined) return;
      const name = known.indexOf(feature) < mostFeatures ? feature.name : otherFeatures;
      taken.set(name, (taken.get(name) ?? 0) + count);
    });
    this.#counts.fill(0);
    return taken;
  }

  #tensor(elements: Elements, size: number, first: number): void {
    for (let at = 0; at < elements.length; at++) {
      const place = first + (at % size);
      const feature = this.#watched[place];
      if (feature === undefined) continue;
      const value = elements[at] as number | bigint | string;
      const isOutside =
        typeof value === "string"
          ? value !== "" && feature.words !== undefined && !feature.words.has(value)
          : value < feature.low || value > feature.high;
      if (isOutside) this.#counts[place] = (this.#counts[place] as number) + 1;
    }
  }
}
