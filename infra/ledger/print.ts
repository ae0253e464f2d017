import Table from "cli-table3";
import type { LedgerEntry } from "../../contracts/ledger.ts";
import { shortDigest } from "../../contracts/release.ts";
import type { Served } from "./history.ts";
import { describeAuthor, describeChange, shortCommit } from "./words.ts";

/** What served at one time, who made it so, and what it was admitted by. */
export function renderServed({ slots, admissions, holds }: Served): string {
  if (slots.length === 0) return "nothing had requests";
  const served = tableOf(
    ["slot", "requests", "release", "since", "by", "commit", "entry"],
    slots.map(({ slot, percent, copies, release, since, by, sequence, hold }) => [
      slot,
      `${Math.round(percent * 10) / 10} %${copies === undefined ? "" : ` and copies of ${copies} %`}`,
      `${digits(release)}${hold === undefined ? "" : " (on hold)"}`,
      seconds(since),
      describeAuthor(by),
      shortCommit(by.commit),
      String(sequence),
    ]),
  );
  const why = admissions.map((one) =>
    [
      `${digits(one.release)} was admitted ${seconds(one.admittedAt)} by ${describeAuthor(one.by)} (entry ${one.sequence})`,
      ...(one.gates === undefined ? [] : [`  ${one.gates}`]),
      ...(one.run === undefined
        ? []
        : [`  run ${one.run} on ${one.dataSet}, sources ${shortCommit(one.trainedFrom)}`]),
    ].join("\n"),
  );
  const held = holds.map(
    ({ release, by, at, reason }) =>
      `${digits(release)} was on hold since ${at} by ${by}: ${reason}`,
  );
  return [served, ...why, ...held].join("\n");
}

/** Changes as a table, oldest first. */
export function renderChanges(entries: readonly LedgerEntry[]): string {
  return tableOf(
    ["entry", "at", "by", "commit", "what"],
    entries.map((entry) => [
      String(entry.sequence),
      // What was found later happened then or before: the cluster tells only of the last of several changes.
      `${seconds(entry.at)}${entry.seen === "found" ? " or before" : ""}`,
      describeAuthor(entry.by),
      shortCommit(commitOf(entry)),
      describeChange(entry),
    ]),
  );
}

/** The commit that was deployed; of a training, the one of its sources. */
function commitOf({ by, change }: LedgerEntry): string | undefined {
  return by.commit ?? (change.kind === "training" ? change.commit : undefined);
}

function seconds(instant: string): string {
  return instant.replace(/\.\d+Z$/, "Z");
}

function digits(release: string | undefined): string {
  return release === undefined ? "none" : shortDigest(release);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
