import type { ComparisonRule } from "../contracts/comparison.ts";
import { describeBound, type Gate } from "../contracts/gates.ts";
import type { Slot } from "../contracts/serving-config.ts";
import type { CompareConfig } from "./model-schema.ts";

/**
 * What a stack file asks of a release beside the incumbent: the slot's own `compare`, else the model's. Where neither
 * says anything, a release that is named is compared, and one that its training made here is not. Of a shadow, which is there to
 * find out how it does, only its own `compare` asks anything.
 */
export function compareOf(
  wish: { follow: string } | { release: string; compare?: CompareConfig | undefined },
  model: { compare?: CompareConfig | undefined },
  slot: Slot = "blue",
): CompareConfig {
  if ("follow" in wish) return model.compare ?? "off";
  return wish.compare ?? (slot === "shadow" ? "off" : (model.compare ?? { tolerance: 0 }));
}

/**
 * The rule by which a candidate is held against the incumbent: it is at least as good in the metric, that of the first
 * gate unless another is named. Better is the side to which that metric's gate is open.
 * @returns undefined where the comparison is left out
 * @throws Error where no gate judges the metric
 */
export function ruleOf(gates: readonly Gate[], compare: CompareConfig): ComparisonRule | undefined {
  if (compare === "off") return undefined;
  const { metric, tolerance } = compare;
  const gate = metric === undefined ? gates[0] : gates.find((one) => one.metric === metric);
  if (gate === undefined) {
    const known = gates.map((one) => one.metric).join(", ") || "none";
    throw new Error(
      `no gate is on ${metric}, so no side of it is the better one; there are gates on ${known}`,
    );
  }
  const direction = describeBound(gate).startsWith("<") ? "minimize" : "maximize";
  return { metric: gate.metric, direction, tolerance };
}
