import type { ResourceValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import { enforcementLevel } from "./enforcement.ts";
import { soundManifestOf } from "./release-manifest.ts";
import { releaseOf, type ReleaseObject } from "./release-object.ts";
import { settings } from "./settings.ts";
import { stackOf } from "./stack-name.ts";

const { configSchema, read } = settings({
  before: z
    .record(z.string(), z.string())
    .default({ staging: "dev", prod: "staging" })
    .describe("By stack, the environment that a release comes through before"),
});

export const releasePath: ResourceValidationPolicy = {
  name: "release-path",
  description:
    "A release came through the environment before: it was copied from that one's registry.",
  enforcementLevel,
  configSchema,
  validateResource: (args, report) => {
    const before = read(args).before[stackOf(args.urn)];
    const release = before === undefined ? undefined : releaseOf(args.type, args.props);
    if (release === undefined || before === undefined) return;
    const fault = pathFault(release, before, stackOf(args.urn));
    if (fault !== undefined) report(`${release.name}: ${fault}`);
  },
};

/** Why a release did not come the way it should have, or undefined. */
export function pathFault(
  release: ReleaseObject,
  before: string,
  here: string,
): string | undefined {
  const manifest = soundManifestOf(release);
  if (manifest === undefined) return undefined;
  const { from } = release.data;
  if (from === before) return undefined;
  const { environment } = manifest.evidence.lineage;
  const came =
    from === undefined
      ? `was trained in ${environment} and copied from nowhere`
      : `came from ${from}`;
  return `${came}; what ${here} serves comes from ${before}: \`npm run promote\` brings it there first`;
}
