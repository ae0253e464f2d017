import type { ResourceValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import { describeVerdict, Gate, judge } from "../contracts/gates.ts";
import { enforcementLevel } from "./enforcement.ts";
import { soundManifestOf } from "./release-manifest.ts";
import { modelOf, releaseOf, type ReleaseObject } from "./release-object.ts";
import { settings } from "./settings.ts";
import { modelInStackFile } from "./stack-file.ts";

const { configSchema, read } = settings({
  gates: z
    .record(z.string(), z.array(Gate))
    .default({})
    .describe("Gates by model that a release must pass besides those of the stack file"),
});

export const releaseGates: ResourceValidationPolicy = {
  name: "release-gates",
  description:
    "A release passes every gate of the stack file, judged anew on its raw metrics: a stored verdict is not read.",
  enforcementLevel,
  configSchema,
  validateResource: (args, report) => {
    const release = releaseOf(args.type, args.props);
    if (release === undefined) return;
    const model = modelOf(release) ?? "";
    const more = read(args).gates[model] ?? [];
    const fault = gateFault(release, modelInStackFile(model)?.["gates"], more);
    if (fault !== undefined) report(`${release.name}: ${fault}`);
  },
};

/**
 * Why a release may not be served, or undefined. One that is not what its digest names is another policy's.
 * @param own gates of the stack file, as they are written there
 */
export function gateFault(
  release: ReleaseObject,
  own: unknown,
  more: readonly Gate[],
): string | undefined {
  const manifest = soundManifestOf(release);
  if (manifest === undefined) return undefined;
  const gates = z.array(Gate).safeParse(own ?? []);
  if (!gates.success) {
    return `the gates of ${manifest.model} in the stack file: ${z.prettifyError(gates.error)}`;
  }
  const verdict = judge(manifest.evidence, [...gates.data, ...more]);
  return verdict.passed ? undefined : describeVerdict(verdict);
}
