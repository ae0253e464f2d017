import { parseRelease, type ReleaseManifest } from "../contracts/release.ts";
import type { ReleaseObject } from "./release-object.ts";

/**
 * The manifest of a release, if it is the one that the digest beside it names.
 * @throws Error that says what is wrong with it
 */
export function manifestOf({ data }: ReleaseObject): ReleaseManifest {
  const { digest, "manifest.json": manifest } = data;
  if (digest === undefined) throw new Error("digest is missing");
  if (manifest === undefined) throw new Error("manifest.json is missing");
  return parseRelease(manifest, digest);
}

/** The manifest, or undefined where policy `release-digest` says what is wrong with it. */
export function soundManifestOf(release: ReleaseObject): ReleaseManifest | undefined {
  const { digest, "manifest.json": manifest } = release.data;
  if (digest === undefined || manifest === undefined) return undefined;
  try {
    return manifestOf(release);
  } catch {
    return undefined;
  }
}
