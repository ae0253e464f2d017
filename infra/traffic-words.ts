import { z } from "zod";
import { AdmissionComparison } from "../contracts/admission-record.ts";
import type { AdmittedRelease } from "../components/serving/model-release.ts";
import { Comparison, judgeComparison } from "../contracts/comparison.ts";
import { shortDigest } from "../contracts/release.ts";
import type { Slot } from "../contracts/serving-config.ts";
import type { LiveSlot } from "./live.ts";

/** What the stack file gives a slot: a share of the requests, or as a shadow of their copies. */
export type Share = { weight: number } | { percent: number };

/**
 * What is about to happen to a slot, in words: "wine: green 0 -> 10 %, release 81aa52c09e13 from dev, gates 3/3,
 * beats 2f9c0b71d4aa by 0.004".
 * @param now the slot in the cluster, undefined where there is none
 * @param from the environment it was copied from, where the stack file says so
 * @returns undefined where nothing changes
 */
export function describeSlot(
  model: string,
  slot: Slot,
  share: Share,
  release: Pick<AdmittedRelease, "digest" | "manifest" | "verdict" | "record">,
  now: LiveSlot | undefined,
  from: string | undefined,
): string | undefined {
  const isSame = now?.release === release.digest;
  const requests = "percent" in share ? undefined : share.weight;
  if (isSame && (requests === undefined || requests === now.weight)) return undefined;
  const { findings } = release.verdict;
  const passed = findings.filter((finding) => finding.passed).length;
  const origin = from ?? release.manifest.evidence.lineage.environment;
  return [
    `${model}: ${slot} ${describeShare(share, now)}`,
    `release ${shortDigest(release.digest)} from ${origin}`,
    `gates ${passed}/${findings.length}`,
    ...describeComparison(release.record),
  ].join(", ");
}

const Compared = z.object({ comparison: AdmissionComparison });

/** How a release did beside the one that had most of the requests when it was admitted; nothing where there was none. */
function describeComparison(record: AdmittedRelease["record"]): string[] {
  const { "admission.json": admission = "{}", "comparison.json": text = "{}" } = record;
  const compared = Compared.safeParse(JSON.parse(admission)).data?.comparison;
  if (compared === undefined || compared.kind === "none" || compared.kind === "shadow") return [];
  const incumbent = shortDigest(compared.incumbent);
  if (compared.kind === "off") return [`not compared with ${incumbent}`];
  const comparison = Comparison.safeParse(JSON.parse(text));
  if (!comparison.success) return [];
  const { better = 0 } = judgeComparison(comparison.data, compared.incumbent, compared.rule);
  if (better === 0) return [`equals ${incumbent}`];
  const amount = Number(Math.abs(better).toPrecision(3));
  return [better > 0 ? `beats ${incumbent} by ${amount}` : `${amount} worse than ${incumbent}`];
}

/**
 * What callers meet while the servers of a slot with `surge: replace` are made anew, in words.
 * @param pod digest of what its pods will be made of
 * @returns undefined where nobody meets anything: the servers stay as they are, or have no requests
 */
export function describeGap(
  model: string,
  slot: Slot,
  pod: string,
  now: LiveSlot | undefined,
): string | undefined {
  if (now?.pod === undefined || now.weight === 0) return undefined;
  if (now.pod === pod && now.changed === undefined) return undefined;
  return (
    `${model}: ${slot}, which has ${now.weight} % of the requests, gives no answers until its new servers are ready ` +
    "(`surge: replace`)"
  );
}

/** What is about to happen to a slot that left the stack file, in words. */
export function describeLeaving(model: string, slot: Slot, now: LiveSlot): string {
  const before = now.weight === 0 ? "had 0 %" : `${now.weight} -> 0 %`;
  const share = slot === "shadow" ? "gets no more copies" : before;
  return `${model}: ${slot} ${share}, its servers go`;
}

/**
 * What gives a model its first slot, in words.
 * @param isTrainedHere whether the environment has a training of its name
 */
export function describeWaiting(
  model: string,
  environment: string,
  isTrainedHere: boolean,
): string {
  const wayOut = isTrainedHere
    ? `\`blue: { follow: ${model} }\` serves what its training makes`
    : `\`npm run promote -- ${model} --to ${environment}\``;
  return `${model}: no slot yet; ${wayOut}`;
}

function describeShare(share: Share, now: LiveSlot | undefined): string {
  if ("percent" in share) return `gets a copy of ${share.percent} %`;
  const before = now?.weight ?? 0;
  return before === share.weight ? `stays at ${before} %` : `${before} -> ${share.weight} %`;
}
