import { z } from "zod";
import { describeVerdict, type Verdict } from "../../contracts/gates.ts";
import {
  objectKey,
  type Author,
  type HoldState,
  type LedgerEntry,
  type Traffic,
} from "../../contracts/ledger.ts";
import { LedgerState } from "../../contracts/ledger-state.ts";

/** What a ledger says of one slot of a model at one time. */
export interface ServedSlot {
  slot: string;
  /** Of the requests. */
  percent: number;
  /** Of the requests it got copies; its answers went nowhere. */
  copies: number | undefined;
  release: string | undefined;
  image: string | undefined;
  /** Since when it had that release and that share. */
  since: string;
  /** Who made it so, and the entry that says it. */
  by: Author;
  sequence: number;
  hold: HoldState | undefined;
}

/** Why a release might be served: what it was admitted by. */
export interface Admission {
  release: string;
  version: string | undefined;
  admittedAt: string;
  by: Author;
  sequence: number;
  /** The judge's findings then, in words. */
  gates: string | undefined;
  run: string | undefined;
  dataSet: string | undefined;
  /** Of the sources that trained it. */
  trainedFrom: string | undefined;
}

export interface Served {
  /** Every slot that got requests or copies, most requests first. */
  slots: ServedSlot[];
  admissions: Admission[];
  /** Releases that were on hold, served or not. */
  holds: HoldState[];
}

/**
 * What served a model at one time, by what its ledger says.
 * @param entries in the order of their numbers
 */
export function servedAt(entries: readonly LedgerEntry[], model: string, at: Date): Served {
  const known = entries.filter(
    (entry) => entry.model === model && Date.parse(entry.at) <= at.getTime(),
  );
  const state = new LedgerState(known);
  const traffic = state.lastOf({ kind: "HTTPRoute", name: model })?.change;
  const shares = traffic?.kind === "traffic" ? sharesOf(traffic.to) : new Map<string, Share>();
  const holds = state
    .present()
    .flatMap(({ change }) => (change.kind === "hold" && change.to !== null ? [change.to] : []));
  const slots = [...shares].flatMap(([slot, { percent, copies }]): ServedSlot[] => {
    if (percent === 0 && copies === undefined) return [];
    const servers = state.lastOf({ kind: "Deployment", name: `${model}-${slot}` });
    const own = servers?.change.kind === "slot" ? servers.change.to : null;
    const release = own?.release ?? undefined;
    const cause = causeOf(known, model, slot);
    if (cause === undefined) return [];
    const hold = holds.find((one) => one.release === release);
    const { at: since, by, sequence } = cause;
    return [
      { slot, percent, copies, release, image: own?.image ?? undefined, since, by, sequence, hold },
    ];
  });
  const releases = new Set(slots.flatMap(({ release }) => release ?? []));
  return {
    slots: slots.toSorted((one, other) => other.percent - one.percent),
    admissions: known.flatMap(admissionOf).filter(isLastOf(releases)),
    holds,
  };
}

interface Share {
  percent: number;
  copies: number | undefined;
}

function sharesOf(traffic: Traffic | null): Map<string, Share> {
  if (traffic === null) return new Map();
  const { weights, shadow } = traffic;
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  const shares = new Map<string, Share>(
    Object.entries(weights).map(([slot, weight]) => [
      slot,
      { percent: sum === 0 ? 0 : (100 * weight) / sum, copies: undefined },
    ]),
  );
  if (shadow !== undefined) {
    const percent = shares.get(shadow.slot)?.percent ?? 0;
    shares.set(shadow.slot, { percent, copies: shadow.percent });
  }
  return shares;
}

/** The entry since which a slot has both its release and its share. */
function causeOf(
  entries: readonly LedgerEntry[],
  model: string,
  slot: string,
): LedgerEntry | undefined {
  const about = (traffic: Traffic | null) => {
    const share = sharesOf(traffic).get(slot);
    return `${share?.percent ?? 0} ${share?.copies ?? 0}`;
  };
  return entries.findLast(({ change, object }) => {
    if (change.kind === "slot") {
      return change.slot === slot && change.from?.release !== change.to?.release;
    }
    if (change.kind !== "traffic" || objectKey(object) !== `HTTPRoute/${model}`) return false;
    return about(change.from) !== about(change.to);
  });
}

const isLastOf =
  (releases: ReadonlySet<string>) =>
  (one: Admission, index: number, all: readonly Admission[]): boolean =>
    releases.has(one.release) &&
    !all.slice(index + 1).some(({ release }) => release === one.release);

/** As much of a record's files as people ask for first; a record that says something else has none of it. */
const Documents = z.object({
  verdict: z
    .object({ passed: z.boolean(), findings: z.array(z.looseObject({ text: z.string() })) })
    .optional()
    .catch(undefined),
  evidence: z
    .object({
      run: z.object({ id: z.string() }),
      lineage: z.object({
        gitCommit: z.string(),
        dataSet: z.object({ name: z.string(), version: z.string() }),
      }),
    })
    .optional()
    .catch(undefined),
});

/** What an entry says of an admission; nothing where it is of something else. */
export function admissionOf({ change, at, by, sequence }: LedgerEntry): Admission[] {
  if (change.kind !== "admission" || change.to === null) return [];
  const { verdict, evidence } = Documents.parse(change.evidence);
  const dataSet = evidence?.lineage.dataSet;
  return [
    {
      release: change.to.release,
      version: change.to.version ?? undefined,
      admittedAt: at,
      by,
      sequence,
      gates: verdict === undefined ? undefined : describeVerdict(verdict as unknown as Verdict),
      run: evidence?.run.id,
      dataSet: dataSet === undefined ? undefined : `${dataSet.name}@${dataSet.version}`,
      trainedFrom: evidence?.lineage.gitCommit,
    },
  ];
}
