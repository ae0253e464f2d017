import Table from "cli-table3";
import { createTwoFilesPatch } from "diff";
import pc from "picocolors";
import type { Evidence } from "../../contracts/evidence.ts";
import { shortDigest } from "../../contracts/release.ts";
import type { Compared } from "./compare-named.ts";
import type { ListedRelease } from "./list.ts";
import type { Synced } from "./sync.ts";

/** An edit of a file as a patch, in colour where the terminal has it. */
export function renderDiff(file: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(file, file, before, after, undefined, undefined, {
    context: 2,
  });
  const lines = patch.trimEnd().split("\n").slice(1);
  return lines
    .map((line) => {
      if (/^(---|\+\+\+) /.test(line)) return pc.bold(line);
      if (line.startsWith("+")) return pc.green(line);
      if (line.startsWith("-")) return pc.red(line);
      return line.startsWith("@@") ? pc.cyan(line) : line;
    })
    .join("\n");
}

/** What stands behind a release: measurements and lineage. */
export function renderEvidence({ run, trainedAt, metrics, lineage }: Evidence): string {
  const { dataSet, optimiser, origin } = lineage;
  return tableOf([
    ["trained", `${trainedAt} in ${lineage.environment}, run ${run.id}`],
    ["workload", [lineage.workload, optimiser, origin?.producer].filter(Boolean).join(", ")],
    [
      "data set",
      `${dataSet.name}@${dataSet.version}, ${dataSet.rows} rows, ${shortDigest(dataSet.sha256)}`,
    ],
    ["commit", lineage.gitCommit],
    ["image", lineage.image],
    ...Object.entries(metrics).map(([name, value]) => [name, String(value)]),
  ]);
}

export function renderSync(rows: readonly Synced[]): string {
  return tableOf(
    rows.map(({ model, slot, release, from, outcome, version, reason }) => [
      model,
      slot,
      shortDigest(release),
      from ?? "",
      version ?? "",
      reason ?? (outcome === "there" ? "was there" : outcome),
    ]),
    ["model", "slot", "release", "from", "version", "done"],
  );
}

export function renderCompared(rows: readonly Compared[]): string {
  return tableOf(
    rows.map(({ model, release, incumbent, passed, text }) => [
      model,
      shortDigest(release),
      shortDigest(incumbent),
      passed ? text : `refused: ${text}`,
    ]),
    ["model", "release", "incumbent", "on the same held-out data"],
  );
}

export function renderList(rows: readonly ListedRelease[]): string {
  return tableOf(
    rows.map((row) => [
      row.model,
      row.version,
      row.release,
      row.slot,
      row.trainedAt,
      row.origin,
      row.gates,
    ]),
    ["model", "version", "release", "slot", "trained at", "trained in", "gates"],
  );
}

function tableOf(rows: readonly (readonly string[])[], head: readonly string[] = []): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
