import { shortDigest } from "../../../contracts/release.ts";
import { type ShadowDifference, ShadowResult } from "../../../contracts/shadow.ts";
import type { Told } from "../told.ts";
import type { Group } from "./groups.ts";
import type { Pair } from "./pair.ts";

interface Compared extends Group {
  sampled: number;
  largest: readonly ShadowDifference[];
  isClassification: boolean;
}

interface ResultOptions {
  environment: string;
  model: string;
  window: { from: Date; to: Date };
  minimumPairs: number;
  tolerance: number;
}

/** What is said of two releases: numbers only where there are enough pairs. */
export function shadowResult(options: ResultOptions, told: Told, found: Compared): ShadowResult {
  const { environment, model, window } = options;
  const { shadow, primary, pairs, unpaired } = found;
  const asked = pairs.length + found.incomparable + unpaired.primary;
  const said = judge(options, told, found);
  return ShadowResult.parse({
    schema: "isotherm.dev/shadow/v1",
    environment,
    model,
    ...(shadow === undefined ? {} : { release: shadow }),
    ...(primary === undefined ? {} : { primary }),
    window: { from: window.from.toISOString(), to: window.to.toISOString() },
    ...said,
    sampled: found.sampled,
    pairs: pairs.length,
    rows: sumOf(pairs, ({ rows }) => rows),
    unpaired,
    ...(shadow === undefined || asked === 0
      ? {}
      : { answered: (pairs.length + found.incomparable) / asked }),
    repeated: found.repeated,
    ambiguous: found.ambiguous,
    incomparable: found.incomparable,
    observed: told.observed,
    lost: told.lost,
    unreadable: told.unreadable,
    ...(said.verdict === "compared" ? numbers(options, found) : { largest: [] }),
  });
}

function numbers({ tolerance }: ResultOptions, { pairs, largest, isClassification }: Compared) {
  const rows = sumOf(pairs, (pair) => pair.rows);
  const finite = sumOf(pairs, (pair) => pair.finite);
  const chances = pairs.flatMap(({ probabilityMax }) => probabilityMax ?? []);
  return {
    disagreement: sumOf(pairs, ({ disagreeing }) => disagreeing) / rows,
    ...(isClassification ? {} : { tolerance }),
    ...(finite === 0
      ? {}
      : {
          absolute: {
            mean: sumOf(pairs, ({ absoluteSum }) => absoluteSum) / finite,
            max: maxOf(pairs.map(({ absoluteMax }) => absoluteMax)),
          },
          relative: {
            mean: sumOf(pairs, ({ relativeSum }) => relativeSum) / finite,
            max: maxOf(pairs.map(({ relativeMax }) => relativeMax)),
          },
        }),
    ...(chances.length === 0 ? {} : { probability: maxOf(chances) }),
    nonFinite: {
      primary: sumOf(pairs, ({ nonFinite }) => nonFinite.primary),
      shadow: sumOf(pairs, ({ nonFinite }) => nonFinite.shadow),
    },
    durationMs: {
      primary: quantiles(pairs.map(({ durationMs }) => durationMs.primary)),
      shadow: quantiles(pairs.map(({ durationMs }) => durationMs.shadow)),
    },
    largest,
  };
}

function judge(
  { minimumPairs }: ResultOptions,
  told: Told,
  { shadow, primary, pairs, unpaired, incomparable, sampled }: Compared,
): Pick<ShadowResult, "verdict" | "message"> {
  if (shadow === undefined && primary === undefined) return told.silence();
  const answers = unpaired.primary + unpaired.earlier;
  if (shadow === undefined) {
    const message = `clients were given ${answers} answers by release ${shortDigest(primary ?? "")}, and no shadow answered anything`;
    return { verdict: "no-shadow", message };
  }
  const who = `of shadow ${shortDigest(shadow)}`;
  const beside = primary === undefined ? "" : ` beside ${shortDigest(primary)}`;
  const count = pairs.length;
  const left = [
    `${unpaired.primary} answers without one of the shadow`,
    `${unpaired.shadow} of the shadow alone`,
    ...(incomparable > 0 ? [`${incomparable} that cannot be compared`] : []),
    ...(sampled < 1 ? [`of a sample of ${sampled} of the requests`] : []),
  ].join(", ");
  if (count >= minimumPairs) {
    return { verdict: "compared", message: `${count} pairs ${who}${beside}; ${left}` };
  }
  const few = `${count} pairs ${who}${beside}, at least ${minimumPairs} are needed; ${left}`;
  if (count === 0 && incomparable > 0) {
    const message = `${few}: the answers have other rows, another task, or no prediction`;
    return { verdict: "not-comparable", message };
  }
  if (count + told.missing >= minimumPairs) {
    return { verdict: "logs-lost", message: `${few}; ${told.missing} records were lost` };
  }
  return { verdict: "not-enough-data", message: few };
}

function sumOf(pairs: readonly Pair[], value: (pair: Pair) => number): number {
  return pairs.reduce((sum, pair) => sum + value(pair), 0);
}

/** Of many: a spread into `Math.max` has an end. */
function maxOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** By the nearest rank. */
function quantiles(values: readonly number[]): { p50: number; p99: number } {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
