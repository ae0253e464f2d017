import Table from "cli-table3";
import { shortDigest } from "../../../contracts/release.ts";
import type { ShadowDifference, ShadowResult } from "../../../contracts/shadow.ts";

/** A comparison for people: what came of it, then the rows that differ most. */
export function renderShadow(result: ShadowResult): string {
  const { release, primary, window, verdict, message, largest } = result;
  const head = [
    `${result.environment} ${result.model}: shadow ${named(release)} beside ${named(primary)}`,
    `${seconds(window.from)} to ${seconds(window.to)}: ${verdict}: ${message}`,
  ];
  const facts = tableOf(["", ""], factsOf(result));
  if (largest.length === 0) return [...head, facts].join("\n");
  const rows = largest.map((each) => [
    each.requestId,
    String(each.row),
    seconds(each.time),
    String(each.primary),
    String(each.shadow),
    each.probability === undefined ? "" : digits(each.probability),
    inputsOf(each),
  ]);
  const worst = tableOf(
    ["request", "row", "at", "primary", "shadow", "probability differs by", "inputs"],
    rows,
  );
  return [...head, facts, worst].join("\n");
}

function factsOf(result: ShadowResult): [string, string][] {
  const { unpaired, repeated, nonFinite, absolute, relative, durationMs } = result;
  const facts: [string, string | undefined][] = [
    ["pairs, rows", `${result.pairs}, ${result.rows}`],
    ["disagreement", result.disagreement === undefined ? undefined : percent(result.disagreement)],
    ["absolute difference, mean and largest", absolute && both(absolute.mean, absolute.max)],
    ["relative difference, mean and largest", relative && both(relative.mean, relative.max)],
    [
      "largest difference of a probability",
      result.probability === undefined ? undefined : digits(result.probability),
    ],
    [
      "rows that are not finite, primary and shadow",
      nonFinite && both(nonFinite.primary, nonFinite.shadow),
    ],
    [
      "answered by the shadow",
      result.answered === undefined ? undefined : percent(result.answered),
    ],
    ["without a shadow's answer, and before its first", both(unpaired.primary, unpaired.earlier)],
    ["of the shadow alone", String(unpaired.shadow)],
    ["logged again, primary and shadow", both(repeated.primary, repeated.shadow)],
    ["one id for several questions", String(result.ambiguous)],
    ["not comparable", String(result.incomparable)],
    [
      "median and 99th percentile of the primary's run",
      durationMs && `${both(durationMs.primary.p50, durationMs.primary.p99)} ms`,
    ],
    [
      "the same of the shadow's",
      durationMs && `${both(durationMs.shadow.p50, durationMs.shadow.p99)} ms`,
    ],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

function inputsOf({ inputs }: ShadowDifference): string {
  if (inputs === undefined) return "not logged";
  const text = inputs.join(", ");
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

const digits = (value: number) => String(Number(value.toPrecision(4)));
const both = (one: number, other: number) => `${digits(one)}, ${digits(other)}`;
const percent = (share: number) => `${digits(100 * share)} %`;
const named = (release: string | undefined) =>
  release === undefined ? "none" : shortDigest(release);
const seconds = (instant: string) => instant.replace(/\.\d+Z$/, "Z");

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const hasHead = head.some((name) => name !== "");
  const table = new Table({
    ...(hasHead ? { head: [...head] } : {}),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
