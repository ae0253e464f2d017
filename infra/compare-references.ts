import { z } from "zod";
import type { ReferenceProblem } from "./reference-problem.ts";

const text = z.string().optional().catch(undefined);

/** As much of a `compare` as can be checked beside the gates, whatever else is wrong in it. */
export const CompareDraft = z.object({ metric: text }).catch({ metric: undefined }).optional();
type CompareDraft = z.infer<typeof CompareDraft>;

/** Which side of a metric is the better one is said by the gate on it, so there must be one. */
export function checkCompare(
  path: readonly string[],
  compare: CompareDraft,
  gates: readonly { metric?: string | undefined }[],
): ReferenceProblem[] {
  const metric = compare?.metric;
  if (metric === undefined || gates.some((gate) => gate.metric === metric)) return [];
  const known = gates.flatMap((gate) => gate.metric ?? []).join(", ") || "none";
  const message = `needs a gate on ${metric}, which says which side is the better one; there are gates on ${known}`;
  return [{ path: [...path, "metric"], message }];
}
