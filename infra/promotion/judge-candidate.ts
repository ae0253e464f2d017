import { admittedThen } from "../../contracts/admission-record.ts";
import type { Evidence } from "../../contracts/evidence.ts";
import { describeEarly, freshnessOf } from "../../contracts/freshness.ts";
import { describeVerdict, judge } from "../../contracts/gates.ts";
import { isSameRelease, shortDigest } from "../../contracts/release.ts";
import { admittedAt } from "../admitted-at.ts";
import { ruleOf } from "../comparison-rule.ts";
import { incumbentOf } from "../incumbent.ts";
import { type Live, recordOf, shadowRecordOf } from "../live.ts";
import type { CompareConfig } from "../model-schema.ts";
import { type Compare, compareWithIncumbent } from "./comparisons.ts";
import { findVersion } from "./find-version.ts";
import type { SourcePlace, TargetPlace } from "./place.ts";
import { EditError, largestShare } from "./slots.ts";
import type { Stack, StackModel } from "./stacks.ts";

/** One thing that was judged, as a sentence for people. */
export interface Judged {
  passed: boolean;
  text: string;
}

/** A release that is to have requests. */
export interface Candidate {
  model: string;
  /** All 64 digits. */
  digest: string;
  evidence: Evidence;
  /** What is asked of it beside the incumbent. */
  asked: CompareConfig;
}

/** Where it is judged. */
export interface JudgedIn {
  target: Pick<Stack, "environment">;
  wanted: StackModel;
  /** What the target's cluster serves and admitted. */
  live: Live;
  place: TargetPlace;
  /** Opens the environment that it comes from. */
  openSource: () => Promise<SourcePlace>;
  compare: Compare;
  now: Date;
}

/**
 * Judges a release for an environment as its next preview will: by its gates, and unless the environment admitted it already, by
 * its age (of a shadow that was asked when it became one) and beside the release that has most of the requests in the cluster.
 * The comparison is made, or found, last.
 */
export async function judgeCandidate(candidate: Candidate, around: JudgedIn): Promise<Judged[]> {
  const { live, wanted, now, target } = around;
  const { digest, evidence } = candidate;
  const verdict = judge(evidence, wanted.gates);
  const judged: Judged[] = [{ passed: verdict.passed, text: describeVerdict(verdict) }];
  if (recordOf(live, digest) !== undefined) {
    const at = admittedAt(live, digest);
    const when = at === undefined ? "" : ` at ${new Date(at).toISOString()}`;
    const text = `was admitted to ${target.environment}${when}: neither its age nor a comparison is asked again`;
    return [...judged, { passed: true, text }];
  }
  const shadow = shadowRecordOf(live, digest);
  const since = shadow && admittedThen(shadow)?.admittedAt;
  judged.push(
    ...(since === undefined
      ? judgeAge(evidence, wanted.maxAgeSeconds, now)
      : [{ passed: true, text: `is a shadow since ${since}: its age is not asked again` }]),
  );
  if (!judged.every(({ passed }) => passed)) return judged;
  return [...judged, await judgeBesideIncumbent(candidate, around)];
}

function judgeAge({ trainedAt }: Evidence, maxAgeSeconds: number | undefined, now: Date): Judged[] {
  const { ageSeconds, fault } = freshnessOf(trainedAt, now.toISOString(), maxAgeSeconds);
  if (fault === "early") {
    return [{ passed: false, text: describeEarly(trainedAt, now.toISOString()) }];
  }
  if (maxAgeSeconds === undefined) return [];
  const passed = fault === undefined;
  const word = passed ? "within" : "more than";
  const text = `was trained ${ageSeconds} s ago, ${word} the ${maxAgeSeconds} s of maxAge`;
  return [{ passed, text }];
}

async function judgeBesideIncumbent(
  { model, digest, asked }: Candidate,
  { wanted, live, place, openSource, compare }: JudgedIn,
): Promise<Judged> {
  const served = incumbentOf(live, model);
  if (served === undefined || isSameRelease(served, digest)) {
    const word = served === undefined ? "nothing else" : "it";
    const text = `${word} has most of the requests in ${place.environment}, so there is no incumbent to compare with`;
    return { passed: true, text };
  }
  const name = shortDigest(served);
  const rule = ruleOf(wanted.gates, asked);
  if (rule === undefined || asked === "off") {
    return { passed: true, text: `was not compared with ${name}, as it was asked` };
  }
  const incumbent = (await findVersion(place.mlflow, model, served))?.digest;
  if (incumbent === undefined) {
    throw new EditError(
      `the incumbent ${model}@${name}, which has most of the requests in ${place.environment}, is not in its registry: ` +
        `run \`npm run releases -- sync --stack ${place.environment}\``,
    );
  }
  // A source that is gone keeps no comparison; one can still be made.
  const source = await openSource().catch(() => undefined);
  const pair = { candidate: digest, incumbent };
  const { passed, text } = await compareWithIncumbent(pair, rule, asked, place, source, compare);
  return { passed, text: `beside ${name}${describeOther(wanted, served)}: ${text}` };
}

/** Where the stack file gives most requests to another release than the cluster does: preview goes by the cluster too. */
function describeOther({ slots }: StackModel, served: string): string {
  const written = largestShare(slots);
  if (written === undefined || isSameRelease(written, served)) return "";
  return `, which has most of the requests in the cluster (the stack file gives them to ${shortDigest(written)})`;
}
