import type { ReleaseManifest } from "./release.ts";

/**
 * Whether a release comes before another, as `floor` means it: by when they were trained. That is in the manifest, so it is
 * covered by the digest and the same in every environment, whenever and in whatever order a release came there.
 */
export function isOlder(
  one: Pick<ReleaseManifest, "evidence">,
  another: Pick<ReleaseManifest, "evidence">,
): boolean {
  return isBefore(one.evidence.trainedAt, another.evidence.trainedAt);
}

/** Whether one point in time (ISO 8601) is before another. */
export function isBefore(one: string, another: string): boolean {
  return Date.parse(one) < Date.parse(another);
}
