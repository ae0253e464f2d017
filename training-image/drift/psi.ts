import type { FeatureBaseline } from "../../contracts/baseline.ts";

/** Shares under this count as this much: the logarithm of nothing is not finite. */
export const shareFloor = 1e-6;

/**
 * Population stability index: sum over bins of (a - e) ln(a / e), with shares floored at 1e-6 (SPEC U-14). 0 where both
 * are the same; 0.1 is commonly read as a moderate change, 0.25 as a large one.
 * @param expected shares by bin, of the baseline
 * @param actual shares by the same bins
 */
export function psi(expected: readonly number[], actual: readonly number[]): number {
  if (expected.length !== actual.length) {
    throw new Error(`PSI of ${actual.length} bins against ${expected.length}`);
  }
  return expected.reduce((sum, share, bin) => {
    const e = Math.max(share, shareFloor);
    const a = Math.max(actual[bin] as number, shareFloor);
    return sum + (a - e) * Math.log(a / e);
  }, 0);
}

/** Counts values of one feature into the bins of its baseline. */
export class BinCounts {
  readonly #baseline: FeatureBaseline;
  readonly #counts: number[];
  readonly #places: ReadonlyMap<string, number>;
  #missing = 0;

  constructor(baseline: FeatureBaseline) {
    this.#baseline = baseline;
    this.#counts = new Array<number>(baseline.shares.length).fill(0);
    const categories = "categories" in baseline ? baseline.categories : [];
    this.#places = new Map(categories.map((name, place) => [name, place]));
  }

  /** @param value as a log holds it; what is not a value of this feature is missing */
  add(value: unknown): void {
    const bin = "edges" in this.#baseline ? this.#binOf(value) : this.#categoryOf(value);
    if (isMissing(value) || bin === undefined) this.#missing++;
    if (bin !== undefined) this.#counts[bin] = (this.#counts[bin] as number) + 1;
  }

  /** Values in bins. Missing words have a bin, missing numbers have none. */
  get values(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  get missing(): number {
    return this.#missing;
  }

  /** Against the baseline; undefined where there is no value at all. */
  get psi(): number | undefined {
    const { values } = this;
    if (values === 0) return undefined;
    return psi(
      this.#baseline.shares,
      this.#counts.map((count) => count / values),
    );
  }

  #binOf(value: unknown): number | undefined {
    if (!("edges" in this.#baseline) || !isNumber(value)) return undefined;
    return this.#baseline.edges.filter((edge) => edge <= value).length;
  }

  #categoryOf(value: unknown): number {
    return this.#places.get(String(value)) ?? this.#counts.length - 1;
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || Number.isNaN(value);
}
