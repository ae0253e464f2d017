import type { ResourceValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import type { Lineage } from "../contracts/evidence.ts";
import { enforcementLevel } from "./enforcement.ts";
import { isFixed } from "./images-by-digest.ts";
import { soundManifestOf } from "./release-manifest.ts";
import { releaseOf } from "./release-object.ts";
import { builtHere, settings, stacks } from "./settings.ts";
import { stackOf } from "./stack-name.ts";

const { configSchema, read } = settings({
  stacks: stacks("staging", "prod"),
  builtHere,
  allowDirty: z
    .boolean()
    .default(false)
    .describe("Whether the sources may have differed from their commit"),
});

export const releaseLineage: ResourceValidationPolicy = {
  name: "release-lineage",
  description:
    "A release says where it comes from: commit, image by digest, data by version and hash.",
  enforcementLevel,
  configSchema,
  validateResource: (args, report) => {
    const release = releaseOf(args.type, args.props);
    const config = read(args);
    if (release === undefined || !config.stacks.includes(stackOf(args.urn))) return;
    const lineage = soundManifestOf(release)?.evidence.lineage;
    if (lineage === undefined) return;
    for (const fault of lineageFaults(lineage, config)) report(`${release.name}: ${fault}`);
  },
};

/** What a lineage does not say, one message for each. Its schema has seen to the rest. */
export function lineageFaults(
  { gitCommit, image }: Lineage,
  { builtHere, allowDirty }: { builtHere: readonly string[]; allowDirty: boolean },
): string[] {
  const [isCommit, , dirty] = /^([0-9a-f]{40})(-dirty)?$/.exec(gitCommit) ?? [];
  return [
    ...(isCommit === undefined ? [`its commit is ${gitCommit}; train from a checkout`] : []),
    ...(dirty !== undefined && !allowDirty
      ? ["it was trained from sources that differ from their commit; commit them, train again"]
      : []),
    ...(isFixed(image, builtHere)
      ? []
      : [`image ${image} trained it, a tag that may mean another image now; train by digest`]),
  ];
}
