import { parseRelease, type ReleaseManifest } from "../contracts/release.ts";
import type { Live } from "./live.ts";

/**
 * The manifest of a release that an environment admitted, from the record that it keeps in the cluster.
 * @param release 12 digits or more
 * @returns undefined where there is no record, or its manifest is not the one that the digest names
 */
export function liveManifest(
  { records }: Pick<Live, "records">,
  release: string,
): ReleaseManifest | undefined {
  const record = records.find(({ digest }) => digest?.startsWith(release));
  try {
    return record && parseRelease(record["manifest.json"] ?? "", record["digest"] ?? "");
  } catch {
    return undefined;
  }
}
