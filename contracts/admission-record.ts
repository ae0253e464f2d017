import { z } from "zod";
import { ComparisonRule } from "./comparison.ts";
import { Instant, Sha256 } from "./primitives.ts";
import { shortDigest } from "./release.ts";

/**
 * What a release was held against when it was admitted. `none`: no other release had requests. `off`: the stack file left the
 * comparison out. `made`: the comparison itself is in the record as `comparison.json`. `shadow`: nothing, as it is to have copies of
 * requests alone; before it may have requests it is admitted for them, and compared.
 */
export const AdmissionComparison = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("none") }),
  z.object({ kind: z.literal("off"), incumbent: Sha256 }),
  z.object({ kind: z.literal("made"), incumbent: Sha256, rule: ComparisonRule, sha256: Sha256 }),
  z.object({ kind: z.literal("shadow") }),
]);
export type AdmissionComparison = z.infer<typeof AdmissionComparison>;

/** What was asked of a release once, when the environment took it in, and is never asked again. */
export interface Admission {
  /** ISO 8601, UTC. */
  admittedAt: string;
  /** When it was admitted as a shadow, where it was one before: its age was judged then. */
  shadowSince?: string;
  /** Who ran the deployment that admitted it, and from which commit. */
  deployer?: string;
  commit?: string;
  /** How long before its age was judged it was trained. */
  ageSeconds: number;
  /** How long it might have been, where the stack file said so. */
  maxAgeSeconds?: number;
  comparison: AdmissionComparison;
}

/** When a release was admitted, and how old it might have been then: as much of its admission as is read back. */
const AdmittedThen = z.object({
  admittedAt: Instant,
  maxAgeSeconds: z.number().optional(),
});
export type AdmittedThen = z.infer<typeof AdmittedThen>;

type Data = Readonly<Record<string, string>>;

/** When a record says that its release was admitted. @returns undefined where it does not say so */
export function admittedThen(record: Data): AdmittedThen | undefined {
  return AdmittedThen.safeParse(admissionIn(record)).data;
}

const OfShadow = z.object({ comparison: z.object({ kind: z.literal("shadow") }) });

/** Whether a record lets its release have copies of requests alone. */
export function isShadowRecord(record: Data): boolean {
  return OfShadow.safeParse(admissionIn(record)).success;
}

/** Name of the ConfigMap of a record. A release that was a shadow and then has requests has one of each. */
export function recordName(model: string, digest: string, record: Data): string {
  return `release-${isShadowRecord(record) ? "shadow-" : ""}${model}-${shortDigest(digest)}`;
}

function admissionIn({ "admission.json": text = "" }: Data): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
