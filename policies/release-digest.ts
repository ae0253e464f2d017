import type { ResourceValidationPolicy } from "@pulumi/policy";
import { recordName } from "../contracts/admission-record.ts";
import { canonicalJson } from "../contracts/canonical.ts";
import { keys } from "../contracts/names.ts";
import { shortDigest, type ReleaseManifest } from "../contracts/release.ts";
import { enforcementLevel } from "./enforcement.ts";
import { manifestOf } from "./release-manifest.ts";
import { releaseOf, type ReleaseObject } from "./release-object.ts";

export const releaseDigest: ResourceValidationPolicy = {
  name: "release-digest",
  description:
    "A release is what its digest names: the manifest's digest is recomputed, and labels, name and evidence agree with it.",
  enforcementLevel,
  validateResource: ({ type, props }, report) => {
    const release = releaseOf(type, props);
    if (release === undefined) return;
    for (const fault of digestFaults(release)) report(`${release.name}: ${fault}`);
  },
};

/** Where a release is not what it says it is, one message for each. */
export function digestFaults(release: ReleaseObject): string[] {
  const { digest = "", "evidence.json": evidence } = release.data;
  let manifest: ReleaseManifest;
  try {
    manifest = manifestOf(release);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  const { model } = manifest;
  const expected: [what: string, actual: string | undefined, wanted: string][] = [
    [`label ${keys.release}`, release.labels[keys.release], shortDigest(digest)],
    [`label ${keys.model}`, release.labels[keys.model], model],
    ["its name", release.name, recordName(model, digest, release.data)],
  ];
  return [
    ...expected.flatMap(([what, actual, wanted]) =>
      actual === wanted ? [] : [`${what} is ${actual ?? "missing"}, the manifest says ${wanted}`],
    ),
    ...(evidence === canonicalJson(manifest.evidence)
      ? []
      : [`evidence.json is ${evidence === undefined ? "missing" : "not the manifest's evidence"}`]),
  ];
}
