import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import {
  Comparison,
  comparisonKey,
  type ComparisonRule,
  type ComparisonVerdict,
  judgeComparison,
} from "../../contracts/comparison.ts";
import { describeBound, type Gate } from "../../contracts/gates.ts";
import { tags } from "../../contracts/names.ts";
import { versionOf } from "../../contracts/registration.ts";
import type { SourcePlace, TargetPlace } from "./place.ts";
import { EditError } from "./slots.ts";

/** Scores two releases that the target holds, and keeps there what came out. */
export type Compare = (pair: Pair) => Promise<Comparison>;

export interface Pair {
  /** All 64 digits of both. */
  candidate: string;
  incumbent: string;
}

/**
 * The rule by which a candidate is held against the incumbent where nobody gives another: it is at least as good in the
 * metric of the first gate, better being the side to which that gate is open.
 * @throws EditError where no gate judges the metric
 */
export function ruleOf(gates: readonly Gate[], metric?: string, tolerance = 0): ComparisonRule {
  const gate = metric === undefined ? gates[0] : gates.find((one) => one.metric === metric);
  if (gate === undefined) {
    const known = gates.map((one) => one.metric).join(", ") || "none";
    throw new EditError(`--metric: no gate is on ${metric}; there are gates on ${known}`);
  }
  const direction = describeBound(gate).startsWith("<") ? "minimize" : "maximize";
  return { metric: gate.metric, direction, tolerance };
}

/**
 * Holds a candidate against the incumbent: by a comparison that the target or the source keeps, else by one that is made
 * now. The target keeps it, and the candidate's version says where (SPEC C-01).
 */
export async function heldAgainst(
  pair: Pair,
  model: string,
  rule: ComparisonRule,
  target: TargetPlace,
  source: SourcePlace | undefined,
  compare: Compare,
): Promise<ComparisonVerdict> {
  const found =
    (await keptComparison(target, pair)) ??
    (source === undefined ? undefined : await keptComparison(source, pair));
  const comparison = found ?? (await compare(pair));
  await target.objects.putOnce(target.bucket, comparisonKey(comparison), canonicalJson(comparison));
  const version = await versionOf(target.mlflow, model, pair.candidate);
  if (version !== undefined) {
    const tag = (key: string, value: string) =>
      target.mlflow.setVersionTag(model, version.version, key, value);
    await tag(tags.comparison, comparisonKey(comparison));
    await tag(tags.comparedWith, pair.incumbent);
  }
  return judgeComparison(comparison, pair.incumbent, rule);
}

/**
 * A comparison of two releases that a place keeps; of several the one on the most rows.
 * @throws Error where one is not what its key says
 */
async function keptComparison(
  { objects, bucket }: Pick<SourcePlace, "objects" | "bucket">,
  { candidate, incumbent }: Pair,
): Promise<Comparison | undefined> {
  const found: Comparison[] = [];
  for (const key of await objects.list(bucket, `comparisons/${candidate}/${incumbent}/`)) {
    const bytes = await objects.get(bucket, key);
    if (bytes === undefined) continue;
    const result = Comparison.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    if (!result.success || !key.endsWith(`/${sha256Hex(bytes)}.json`)) {
      throw new Error(`${bucket}/${key} is not the comparison that its key names`);
    }
    found.push(result.data);
  }
  return found.sort((a, b) => b.dataSet.rows - a.dataSet.rows)[0];
}
