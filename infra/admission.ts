import type { Deployer } from "../components/foundation/deployed.ts";
import {
  type Admission,
  admittedThen,
  type AdmissionComparison,
} from "../contracts/admission-record.ts";
import { canonicalJson, sha256Hex } from "../contracts/canonical.ts";
import { type Comparison, type ComparisonRule, judgeComparison } from "../contracts/comparison.ts";
import { describeEarly, freshnessOf } from "../contracts/freshness.ts";
import { keptComparison } from "../contracts/kept-comparison.ts";
import type { Mlflow } from "../contracts/mlflow.ts";
import type { ModelVersion, Run } from "../contracts/mlflow-types.ts";
import { type ReleaseManifest, shortDigest } from "../contracts/release.ts";

/** What is asked of a release when an environment takes it in, and never again. */
export interface AdmissionRules {
  /** How long before it may have been trained. @default any time */
  maxAgeSeconds?: number | undefined;
  /** What it is held against. @default nothing, as where nothing is served yet */
  incumbent?: IncumbentRules | undefined;
  /** The record of a release that was admitted before. @default none was */
  recordOf?: (digest: string) => Readonly<Record<string, string>> | undefined;
  /** The record of a release that was admitted as a shadow before. @default none was */
  shadowRecordOf?: (digest: string) => Readonly<Record<string, string>> | undefined;
  /** Whether it is to have copies of requests alone. @default false */
  isShadow?: boolean;
  /** Releases that are not looked at. @default none */
  passOver?: ((digest: string) => boolean) | undefined;
  /** What is wrong with a release's files. @default nothing is asked */
  faultOf?: ((candidate: Candidate) => Promise<string | undefined>) | undefined;
  /** Who admits it. @default nobody is named */
  deployer?: Deployer | undefined;
  /** @default now */
  now?: Date;
}

/** How a release is held against the one that has most of the requests (SPEC C-01). */
export interface IncumbentRules {
  /** All 64 digits. */
  digest: string;
  /** Undefined where the stack file leaves the comparison out. */
  rule: ComparisonRule | undefined;
  /** What makes a comparison that is missing, for a message. */
  wayOut: string;
}

/** A release as the registry holds it. */
export interface Candidate {
  digest: string;
  manifest: ReleaseManifest;
  version: ModelVersion;
  run: Run;
}

/** What is recorded of an admission, or why there is none. */
export type Admitted =
  { admission: Admission; comparison?: Comparison; refusal?: undefined } | { refusal: string };

/**
 * Asks of a release what is asked once: its age, how it does beside the incumbent on the same held-out data, and whether
 * its files are what they were.
 */
export async function admit(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  candidate: Candidate,
  rules: AdmissionRules,
): Promise<Admitted> {
  const { incumbent, faultOf, deployer, isShadow = false, now = new Date() } = rules;
  const admittedAt = now.toISOString();
  const age = ageAt(admittedAt, candidate, rules);
  if ("refusal" in age) return age;
  const held = await besideIncumbent(mlflow, candidate, incumbent);
  if ("refusal" in held) return held;
  const fault = await faultOf?.(candidate);
  if (fault !== undefined) return { refusal: fault };
  const isCompared = held.comparison !== undefined;
  const comparison: AdmissionComparison =
    isShadow && !isCompared ? { kind: "shadow" } : held.recorded;
  const admission = { admittedAt, ...deployer, ...age, comparison };
  return { admission, ...(isCompared ? { comparison: held.comparison } : {}) };
}

type Age = Pick<Admission, "ageSeconds" | "maxAgeSeconds" | "shadowSince">;

/** How old a release is, or why it may not be. Of one that was a shadow here that was asked then. */
function ageAt(
  admittedAt: string,
  { digest, manifest }: Candidate,
  { maxAgeSeconds, shadowRecordOf }: AdmissionRules,
): Age | { refusal: string } {
  const { trainedAt } = manifest.evidence;
  const record = shadowRecordOf?.(digest);
  const then = record && admittedThen(record);
  if (then !== undefined) {
    const { admittedAt: shadowSince, ...limit } = then;
    const { ageSeconds } = freshnessOf(trainedAt, shadowSince, undefined);
    return { shadowSince, ageSeconds, ...limit };
  }
  const { ageSeconds, fault } = freshnessOf(trainedAt, admittedAt, maxAgeSeconds);
  if (fault === "early") return { refusal: describeEarly(trainedAt, admittedAt) };
  if (fault === "stale") {
    const limit = `this environment admits nothing older than ${maxAgeSeconds} s`;
    return { refusal: `was trained ${ageSeconds} s ago; ${limit}` };
  }
  return { ageSeconds, ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) };
}

type Held = { recorded: AdmissionComparison; comparison?: Comparison } | { refusal: string };

async function besideIncumbent(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  { digest, version, run }: Candidate,
  incumbent: IncumbentRules | undefined,
): Promise<Held> {
  if (incumbent === undefined || incumbent.digest === digest) return { recorded: { kind: "none" } };
  const { rule, wayOut } = incumbent;
  if (rule === undefined) return { recorded: { kind: "off", incumbent: incumbent.digest } };
  const name = shortDigest(incumbent.digest);
  const missing = `was not compared with ${name}, which has most of the requests: ${wayOut}`;
  let comparison: Comparison | undefined;
  try {
    comparison = await keptComparison(mlflow, version, run);
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
  if (comparison === undefined) return { refusal: missing };
  if (comparison.candidate.release !== digest) {
    return { refusal: `has the comparison of another release: ${wayOut}` };
  }
  const verdict = judgeComparison(comparison, incumbent.digest, rule);
  const isStale = comparison.incumbent.release !== incumbent.digest;
  if (!verdict.passed) {
    return { refusal: isStale ? `${verdict.text}: ${wayOut}` : `beside ${name}: ${verdict.text}` };
  }
  const sha256 = sha256Hex(canonicalJson(comparison));
  return { recorded: { kind: "made", incumbent: incumbent.digest, rule, sha256 }, comparison };
}
