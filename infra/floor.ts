import { shortDigest, type ReleaseManifest } from "../contracts/release.ts";
import { isOlder } from "../contracts/release-order.ts";
import type { Live } from "./live.ts";
import { liveManifest } from "./live-manifest.ts";

/** A release is older than the model's floor, and may have no requests. */
export class FloorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FloorError";
  }
}

/**
 * Makes sure that a release which is to have requests is not older than the floor. A floor that this environment never
 * admitted bounds nothing: nobody here knows how old it is.
 * @throws FloorError where it is older
 */
export function requireFloor(
  model: string,
  { digest, manifest }: { digest: string; manifest: ReleaseManifest },
  floor: string | undefined,
  live: Pick<Live, "records">,
): void {
  if (floor === undefined || digest.startsWith(floor)) return;
  const bound = liveManifest(live, floor);
  if (bound === undefined || !isOlder(manifest, bound)) return;
  throw new FloorError(
    `model ${model}: release ${shortDigest(digest)} was trained at ${manifest.evidence.trainedAt}, before the floor ` +
      `${shortDigest(floor)}, so it may have no requests: take another one, or change \`floor\` in a reviewed edit`,
  );
}
