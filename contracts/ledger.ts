import { z } from "zod";
import { Instant, Sha256 } from "./primitives.ts";

/**
 * The ledger of an environment: what changed in what it serves, who changed it, and when. Each entry is an in-toto
 * Statement in a signed envelope that holds the SHA-256 of the envelope before. What an entry tells of the cluster is
 * written down as it was found, so it is text: a ledger that could only hold sound values would miss the others.
 */
export const entryType = "https://isotherm.dev/ledger-entry/v1";
export const statementPayload = "application/vnd.in-toto+json";
export const headPayload = "application/vnd.isotherm.ledger-head+json";

/** Requests of a model by slot, or by Service where that is none of ours, in parts of their sum. */
const Traffic = z.strictObject({
  weights: z.record(z.string(), z.number()),
  /** Who gets copies, and of how many percent of the requests. */
  shadow: z.strictObject({ slot: z.string(), percent: z.number() }).optional(),
  /** SHA-256 of all the route's rules: requests may be led past the slots without a weight that changes. */
  rules: Sha256,
});
export type Traffic = z.infer<typeof Traffic>;

const SlotState = z.strictObject({
  /** Digest of the release, by the annotation of the servers. */
  release: z.string().nullable(),
  image: z.string().nullable(),
  /** Name of the ConfigMap that tells the servers what to load. */
  config: z.string().nullable(),
});
export type SlotState = z.infer<typeof SlotState>;

const Admitted = z.strictObject({
  release: z.string(),
  version: z.string().nullable(),
  /** SHA-256 of everything the record holds. */
  record: Sha256,
});
export type Admitted = z.infer<typeof Admitted>;

const HoldState = z.strictObject({
  release: z.string(),
  reason: z.string(),
  by: z.string(),
  at: z.string(),
});
export type HoldState = z.infer<typeof HoldState>;

const Training = z.strictObject({
  phase: z.enum(["running", "complete", "failed"]),
  /** What the Job says of its failure. */
  reason: z.string().optional(),
});
export type Training = z.infer<typeof Training>;

/** From nothing where it is new, to nothing where it is gone. */
const between = <State extends z.ZodType>(state: State) => ({
  from: state.nullable(),
  to: state.nullable(),
});

/** What a release was admitted by, as its record says: file by file, the manifest apart. */
const Documents = z.record(z.string(), z.json());

export const Change = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("traffic"),
    ...between(Traffic),
    /** The releases of its slots as this ledger had them then, and the entry that tells of their admission. */
    releases: z.record(
      z.string(),
      z.strictObject({ release: z.string(), admittedIn: z.int().positive().nullable() }),
    ),
  }),
  z.strictObject({ kind: z.literal("slot"), slot: z.string(), ...between(SlotState) }),
  z.strictObject({
    kind: z.literal("admission"),
    ...between(Admitted),
    evidence: Documents,
  }),
  z.strictObject({ kind: z.literal("hold"), ...between(HoldState) }),
  z.strictObject({
    kind: z.literal("training"),
    ...between(Training),
    /** The CronJob that started it, where one did. */
    schedule: z.string().optional(),
    /** Of the sources that it trains from, as its Job says; where files differed from it, it ends in `-dirty`. */
    commit: z.string().optional(),
  }),
]);
export type Change = z.infer<typeof Change>;

/** The object in the cluster that changed. */
const ChangedObject = z.strictObject({
  kind: z.enum(["HTTPRoute", "GRPCRoute", "Deployment", "ConfigMap", "Job"]),
  name: z.string(),
  uid: z.string(),
  createdAt: Instant,
  resourceVersion: z.string(),
});
export type ChangedObject = z.infer<typeof ChangedObject>;

/** Who made a change, as far as the cluster knows. */
const Author = z.strictObject({
  /** Name of the field manager: `kubectl-edit`, `pulumi-kubernetes-...`; of what is deleted nobody knows. */
  manager: z.string().nullable(),
  /** Who ran the deployment, and from which commit: where the change was one. */
  deployer: z.string().optional(),
  commit: z.string().optional(),
});
export type Author = z.infer<typeof Author>;

export const LedgerEntry = z.strictObject({
  environment: z.string().min(1),
  /** From 1 on, without gaps. */
  sequence: z.int().positive(),
  /** SHA-256 of the envelope before; null for the first. */
  previous: Sha256.nullable(),
  model: z.string(),
  /** When it changed, by the cluster's clock. */
  at: Instant,
  /** When it was written down. */
  recordedAt: Instant,
  /** Whether the recorder saw it happen, or found it when it started or had lost sight: then changes between are lost. */
  seen: z.enum(["live", "found"]),
  object: ChangedObject,
  by: Author,
  change: Change,
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

/** https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export const LedgerStatement = z.strictObject({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  /** The releases that the change is about; where it is about none, what it changed to. */
  subject: z
    .array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: Sha256 }) }))
    .min(1),
  predicateType: z.literal(entryType),
  predicate: LedgerEntry,
});
export type LedgerStatement = z.infer<typeof LedgerStatement>;

/** Where a ledger ends. It is signed and replaced with each entry, so that entries taken off the end are missed. */
export const LedgerHead = z.strictObject({
  schema: z.literal("isotherm.dev/ledger-head/v1"),
  environment: z.string().min(1),
  sequence: z.int().positive(),
  /** SHA-256 of that entry's envelope. */
  sha256: Sha256,
});
export type LedgerHead = z.infer<typeof LedgerHead>;

const entryPrefix = "ledger/entries/";
export const ledgerKeys = { entries: entryPrefix, head: "ledger/head.json" } as const;

/** Twelve digits keep the keys of a listing in the order of their numbers. */
export function entryKey(sequence: number): string {
  return `${entryPrefix}${String(sequence).padStart(12, "0")}.json`;
}

/** @returns undefined where the key is none of an entry */
export function sequenceOf(key: string): number | undefined {
  const digits = /^ledger\/entries\/([0-9]{12})\.json$/.exec(key)?.[1];
  return digits === undefined || Number(digits) === 0 ? undefined : Number(digits);
}

/** One object of the cluster, whatever its generation. */
export function objectKey({ kind, name }: Pick<ChangedObject, "kind" | "name">): string {
  return `${kind}/${name}`;
}
