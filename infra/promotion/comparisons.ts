import { canonicalJson } from "../../contracts/canonical.ts";
import {
  type Comparison,
  comparisonKey,
  type ComparisonRule,
  type ComparisonVerdict,
  judgeComparison,
  parseComparison,
} from "../../contracts/comparison.ts";
import { keepComparison } from "../../contracts/kept-comparison.ts";
import type { SourcePlace, TargetPlace } from "./place.ts";

/** Scores two releases that the target holds, and keeps there what came out. */
export type Compare = (pair: Pair, heldOut: HeldOut) => Promise<Comparison>;

/** Where the data are, if the stack file says so. */
export interface HeldOut {
  /** `name@version` in the target's bucket. @default the data set that comes with the workload */
  data?: string | undefined;
  /** Column of the truth, for models that no workload of ours made. @default target */
  target?: string | undefined;
}

export interface Pair {
  /** All 64 digits of both. */
  candidate: string;
  incumbent: string;
}

/**
 * Holds a candidate against the incumbent: by a comparison that the target or the source keeps, else by one that is made
 * now. The target keeps it, its registry too, from where the environment's program reads it (SPEC C-01).
 */
export async function compareWithIncumbent(
  pair: Pair,
  rule: ComparisonRule,
  heldOut: HeldOut,
  target: TargetPlace,
  source: SourcePlace | undefined,
  compare: Compare,
): Promise<ComparisonVerdict> {
  const found =
    (await storedComparison(target, pair)) ??
    (source === undefined ? undefined : await storedComparison(source, pair));
  const comparison = found ?? (await compare(pair, heldOut));
  await target.objects.putOnce(target.bucket, comparisonKey(comparison), canonicalJson(comparison));
  await keepComparison(target.mlflow, comparison);
  return judgeComparison(comparison, pair.incumbent, rule);
}

/**
 * A comparison of two releases that a place keeps; of several the one on the most rows.
 * @throws Error where one is not what its key says
 */
async function storedComparison(
  { objects, bucket }: Pick<SourcePlace, "objects" | "bucket">,
  { candidate, incumbent }: Pair,
): Promise<Comparison | undefined> {
  const found: Comparison[] = [];
  for (const key of await objects.list(bucket, `comparisons/${candidate}/${incumbent}/`)) {
    const bytes = await objects.get(bucket, key);
    if (bytes !== undefined) found.push(parseComparison(bytes, key));
  }
  return found.sort((a, b) => b.dataSet.rows - a.dataSet.rows)[0];
}
