import type { Author, LedgerEntry, Traffic } from "../../contracts/ledger.ts";
import { shortDigest } from "../../contracts/release.ts";
import { admissionOf } from "./history.ts";

/** Who made a change: the person where that is known, else the program. */
export function describeAuthor({ deployer, manager }: Author): string {
  // Every object that Pulumi writes has a manager of its own, by random digits.
  const program = manager?.replace(/-[0-9a-f]{8}$/, "") ?? "unknown";
  return deployer === undefined ? program : `${deployer} (${program})`;
}

/** A commit as people read it. */
export function shortCommit(commit: string | undefined): string {
  if (commit === undefined) return "";
  const [, digits = commit, dirty = ""] = /^([0-9a-f]{40})(-dirty)?$/.exec(commit) ?? [];
  return `${digits.slice(0, 12)}${dirty}`;
}

/** What changed, in words: "green 0 -> 10 %". */
export function describeChange(entry: LedgerEntry): string {
  const { change } = entry;
  switch (change.kind) {
    case "traffic":
      return `${entry.object.kind === "GRPCRoute" ? "gRPC: " : ""}${describeTraffic(change.from, change.to)}`;
    case "slot": {
      const [from, to] = [change.from, change.to].map((state) => state?.release ?? undefined);
      if (change.to === null) return `${change.slot} is gone, with release ${digits(from)}`;
      if (from !== to) return `${change.slot}: release ${digits(from)} -> ${digits(to)}`;
      if (change.from?.image !== change.to.image) {
        return `${change.slot}: image ${change.from?.image ?? "none"} -> ${change.to.image ?? "none"}`;
      }
      return `${change.slot}: configuration ${change.from?.config ?? "none"} -> ${change.to.config ?? "none"}`;
    }
    case "admission": {
      const release = digits((change.to ?? change.from)?.release);
      if (change.to === null) return `the record of release ${release} is gone`;
      const [admission] = admissionOf(entry);
      const gates = admission?.gates === undefined ? "" : `, ${admission.gates}`;
      return `release ${release} is admitted${gates}`;
    }
    case "hold": {
      const release = digits((change.to ?? change.from)?.release);
      if (change.to === null) return `release ${release} is no longer on hold`;
      return `release ${release} is on hold by ${change.to.by}: ${change.to.reason}`;
    }
    case "training": {
      const started = change.schedule === undefined ? "" : ` by schedule ${change.schedule}`;
      if (change.to === null) return `training ${entry.object.name} was taken away`;
      if (change.to.phase === "running") return `training ${entry.object.name} started${started}`;
      const reason = change.to.reason === undefined ? "" : `: ${change.to.reason}`;
      return `training ${entry.object.name} is ${change.to.phase}${reason}`;
    }
  }
}

function describeTraffic(from: Traffic | null, to: Traffic | null): string {
  if (to === null) return "the route is gone: nothing has requests";
  const slots = new Set([...Object.keys(from?.weights ?? {}), ...Object.keys(to.weights)]);
  const moves = [...slots].flatMap((slot) => {
    const [before, after] = [from?.weights[slot] ?? 0, to.weights[slot] ?? 0];
    return before === after ? [] : [`${slot} ${before} -> ${after} %`];
  });
  const [before, after] = [from?.shadow, to.shadow];
  if (before?.slot !== after?.slot || before?.percent !== after?.percent) {
    moves.push(`copies ${describeCopies(before)} -> ${describeCopies(after)}`);
  }
  return moves.length === 0 ? "the route's rules changed, and no slot's share" : moves.join(", ");
}

function describeCopies(shadow: Traffic["shadow"]): string {
  return shadow === undefined ? "none" : `${shadow.percent} % to ${shadow.slot}`;
}

function digits(release: string | undefined): string {
  return release === undefined ? "none" : shortDigest(release);
}
