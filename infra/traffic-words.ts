import type { AdmittedRelease } from "../components/serving/model-release.ts";
import { shortDigest } from "../contracts/release.ts";
import type { Slot } from "../contracts/serving-config.ts";
import type { LiveSlot } from "./live.ts";

/** What the stack file gives a slot: a share of the requests, or as a shadow of their copies. */
export type Share = { weight: number } | { percent: number };

/**
 * What is about to happen to a slot, in words: "wine: green 0 -> 10 %, release 81aa52c09e13 from dev, gates 3/3".
 * @param now the slot in the cluster, undefined where there is none
 * @param from the environment it was copied from, where the stack file says so
 * @returns undefined where nothing changes
 */
export function describeSlot(
  model: string,
  slot: Slot,
  share: Share,
  release: Pick<AdmittedRelease, "digest" | "manifest" | "verdict">,
  now: LiveSlot | undefined,
  from: string | undefined,
): string | undefined {
  const isSame = now?.release === release.digest;
  const requests = "percent" in share ? undefined : share.weight;
  if (isSame && (requests === undefined || requests === now.weight)) return undefined;
  const { findings } = release.verdict;
  const passed = findings.filter((finding) => finding.passed).length;
  const origin = from ?? release.manifest.evidence.lineage.environment;
  return (
    `${model}: ${slot} ${describeShare(share, now)}, ` +
    `release ${shortDigest(release.digest)} from ${origin}, gates ${passed}/${findings.length}`
  );
}

/** What is about to happen to a slot that left the stack file, in words. */
export function describeLeaving(model: string, slot: Slot, now: LiveSlot): string {
  const before = now.weight === 0 ? "had 0 %" : `${now.weight} -> 0 %`;
  const share = slot === "shadow" ? "gets no more copies" : before;
  return `${model}: ${slot} ${share}, its servers go`;
}

function describeShare(share: Share, now: LiveSlot | undefined): string {
  if ("percent" in share) return `gets a copy of ${share.percent} %`;
  const before = now?.weight ?? 0;
  return before === share.weight ? `stays at ${before} %` : `${before} -> ${share.weight} %`;
}
