import { z } from "zod";
import type { Evidence } from "./evidence.ts";
import { Identifier, type MetricValue } from "./primitives.ts";

const bounds = {
  below: { holds: (value: number, bound: number) => value < bound, sign: "<" },
  atMost: { holds: (value: number, bound: number) => value <= bound, sign: "<=" },
  above: { holds: (value: number, bound: number) => value > bound, sign: ">" },
  atLeast: { holds: (value: number, bound: number) => value >= bound, sign: ">=" },
} as const;
type BoundKind = keyof typeof bounds;
const boundKinds = Object.keys(bounds) as BoundKind[];

/** One bound on one metric. `below` and `above` are strict: a value equal to the bound is refused. */
export const Gate = z
  .strictObject({
    metric: Identifier,
    below: z.number().optional(),
    atMost: z.number().optional(),
    above: z.number().optional(),
    atLeast: z.number().optional(),
  })
  .refine((gate) => boundKinds.filter((kind) => gate[kind] !== undefined).length === 1, {
    message: `needs exactly one of ${boundKinds.join(", ")}`,
  });
export type Gate = z.infer<typeof Gate>;

export interface Finding {
  gate: Gate;
  value: MetricValue | undefined;
  passed: boolean;
  /** A sentence for people: "accuracy 0.83 is not >= 0.85". */
  text: string;
}

export interface Verdict {
  passed: boolean;
  findings: Finding[];
}

/**
 * Judges the raw metrics of a run against an environment's own gates. A missing or non-finite metric is
 * refused; so is evidence judged by no gate at all.
 */
export function judge(evidence: Pick<Evidence, "metrics">, gates: readonly Gate[]): Verdict {
  const findings = gates.map((gate) => judgeOne(evidence.metrics, gate));
  return { passed: findings.length > 0 && findings.every((finding) => finding.passed), findings };
}

/** The bound as people write it: ">= 0.85". */
export function describeBound(gate: Gate): string {
  const kind = boundKinds.find((candidate) => gate[candidate] !== undefined);
  return kind === undefined ? "no bound" : `${bounds[kind].sign} ${gate[kind]}`;
}

/** One line for people: "gates 2/3: accuracy 0.83 is not >= 0.85". */
export function describeVerdict(verdict: Verdict): string {
  if (verdict.findings.length === 0) return "no gate is declared";
  const passed = verdict.findings.filter((finding) => finding.passed).length;
  const failures = verdict.findings
    .filter((finding) => !finding.passed)
    .map((finding) => finding.text);
  const shown = failures.length > 0 ? failures : verdict.findings.map((finding) => finding.text);
  return `gates ${passed}/${verdict.findings.length}: ${shown.join("; ")}`;
}

function judgeOne(metrics: Evidence["metrics"], gate: Gate): Finding {
  const value = Object.hasOwn(metrics, gate.metric) ? metrics[gate.metric] : undefined;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    const state = value === undefined ? "is missing from the run" : `is ${value}`;
    return {
      gate,
      value,
      passed: false,
      text: `${gate.metric} ${state}, wanted ${describeBound(gate)}`,
    };
  }
  const passed = boundKinds.every((kind) => {
    const bound = gate[kind];
    return bound === undefined || bounds[kind].holds(value, bound);
  });
  const text = `${gate.metric} ${value} ${passed ? "is" : "is not"} ${describeBound(gate)}`;
  return { gate, value, passed, text };
}
