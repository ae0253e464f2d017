import { z } from "zod";
import { canonicalJson, sha256Hex } from "./canonical.ts";
import { DataSetReference } from "./evidence.ts";
import { Identifier, Metrics, Name, Sha256 } from "./primitives.ts";

/** What one of two releases scored. */
export const Scored = z.strictObject({ release: Sha256, metrics: Metrics });
export type Scored = z.infer<typeof Scored>;

/**
 * A candidate and an incumbent, scored by the same code on the same held-out data (SPEC C-01). It holds no time and no
 * verdict: the same question gives the same bytes, and each environment judges for itself.
 */
export const Comparison = z.strictObject({
  schema: z.literal("isotherm.dev/comparison/v1"),
  model: Name,
  /** The rows are those that were scored. */
  dataSet: DataSetReference,
  /** Which code scored them. */
  scorer: z.strictObject({ workload: Name.optional(), image: z.string().min(1) }),
  candidate: Scored,
  incumbent: Scored,
});
export type Comparison = z.infer<typeof Comparison>;

/** How much worse than the incumbent a candidate may be. */
export const ComparisonRule = z.strictObject({
  metric: Identifier,
  direction: z.enum(["minimize", "maximize"]),
  /** In the metric's own unit. @default 0: at least as good */
  tolerance: z.number().nonnegative().default(0),
});
export type ComparisonRule = z.infer<typeof ComparisonRule>;

/** Where a comparison lies in the bucket: by the two releases, then by what it says. */
export function comparisonKey(comparison: Comparison): string {
  const { candidate, incumbent } = comparison;
  const digest = sha256Hex(canonicalJson(comparison));
  return `comparisons/${candidate.release}/${incumbent.release}/${digest}.json`;
}

/**
 * Reads a comparison that was stored under its key.
 * @throws Error where the bytes are not a comparison, or not the one that the key names
 */
export function parseComparison(bytes: Uint8Array | string, key: string): Comparison {
  const text = typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
  const result = Comparison.safeParse(parsed(text));
  if (!result.success || comparisonKey(result.data) !== key || sha256Hex(text) !== digestIn(key)) {
    throw new Error(`${key} is not the comparison that its key names`);
  }
  return result.data;
}

function digestIn(key: string): string | undefined {
  return /\/([0-9a-f]{64})\.json$/.exec(key)?.[1];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface ComparisonVerdict {
  passed: boolean;
  /** How much better the candidate is, in the metric's own unit: negative where it is worse. Absent where nobody knows. */
  better?: number;
  /** A sentence for people. */
  text: string;
}

/**
 * Judges a comparison for one environment. It counts only where it names the release that has the weight now; a metric
 * that is missing or not finite is refused.
 * @param incumbent digest of the release that has the weight in the target environment
 */
export function judgeComparison(
  comparison: Comparison,
  incumbent: string,
  rule: ComparisonRule,
): ComparisonVerdict {
  const { candidate } = comparison;
  if (comparison.incumbent.release !== incumbent) {
    const [seen, now] = [comparison.incumbent.release, incumbent].map((text) => text.slice(0, 12));
    return refused(`compared with ${seen}, but ${now} has the weight now: compare again`);
  }
  const [ours, theirs] = [candidate.metrics, comparison.incumbent.metrics].map((metrics) =>
    Object.hasOwn(metrics, rule.metric) ? metrics[rule.metric] : undefined,
  );
  for (const [who, value] of [
    ["candidate", ours],
    ["incumbent", theirs],
  ] as const) {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      return refused(
        `${rule.metric} of the ${who} ${value === undefined ? "is missing" : `is ${value}`}`,
      );
    }
  }
  const [mine, other] = [Number(ours), Number(theirs)];
  const gain = rule.direction === "maximize" ? mine - other : other - mine;
  // The last digits of 0.8 - 0.78 are the machine's: exactly the tolerance is to pass.
  const better = Number(gain.toPrecision(12));
  const passed = better >= -rule.tolerance;
  const allowed = rule.tolerance === 0 ? "" : ` (${rule.tolerance} worse is allowed)`;
  const word = better < 0 ? "worse than" : better > 0 ? "better than" : "equal to";
  const text = `${rule.metric} ${mine} is ${word} the incumbent's ${other}${allowed}`;
  return { passed, better, text };
}

function refused(text: string): ComparisonVerdict {
  return { passed: false, text };
}
