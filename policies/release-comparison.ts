import type { ResourceValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import { AdmissionComparison } from "../contracts/admission-record.ts";
import { sha256Hex } from "../contracts/canonical.ts";
import { Comparison, judgeComparison } from "../contracts/comparison.ts";
import { shortDigest } from "../contracts/release.ts";
import { enforcementLevel } from "./enforcement.ts";
import { soundManifestOf } from "./release-manifest.ts";
import { releaseOf, type ReleaseObject } from "./release-object.ts";
import { settings } from "./settings.ts";

const { configSchema, read } = settings({
  required: z
    .array(z.string())
    .default([])
    .describe("Models whose releases must have been compared: `compare: off` is refused"),
  maxTolerance: z
    .record(z.string(), z.number().nonnegative())
    .default({})
    .describe("By model, how much worse than the incumbent a release may be at most"),
});

type Config = ReturnType<typeof read>;

export const releaseComparison: ResourceValidationPolicy = {
  name: "release-comparison",
  description:
    "A release was as good as the one that had most of the requests when the environment admitted it: their comparison is judged anew, by the rule that held then.",
  enforcementLevel,
  configSchema,
  validateResource: (args, report) => {
    const release = releaseOf(args.type, args.props);
    if (release === undefined) return;
    const fault = comparisonFault(release, read(args));
    if (fault !== undefined) report(`${release.name}: ${fault}`);
  },
};

/** The part of the record that says what the release was held against. */
const Admission = z.object({ comparison: AdmissionComparison });

/** What is wrong with how a release was held against the incumbent, or undefined. */
export function comparisonFault(release: ReleaseObject, config: Config): string | undefined {
  const model = soundManifestOf(release)?.model;
  const { digest, "admission.json": admission, "comparison.json": text } = release.data;
  // What is not what its digest names, or has no admission at all, is told by another policy.
  if (model === undefined || admission === undefined) return undefined;
  const parsed = Admission.safeParse(json(admission));
  if (!parsed.success) {
    return "admission.json does not say whether it was compared with the release that had most of the requests";
  }
  const { comparison: compared } = parsed.data;
  // A shadow's is another policy's: no slot with requests may have it.
  if (compared.kind === "none" || compared.kind === "shadow") return undefined;
  const name = shortDigest(compared.incumbent);
  if (compared.kind === "off") {
    if (!config.required.includes(model)) return undefined;
    return `was not compared with ${name}, which had most of the requests`;
  }
  if (text === undefined) return "comparison.json is missing";
  const comparison = Comparison.safeParse(json(text));
  if (!comparison.success || sha256Hex(text) !== compared.sha256) {
    return "comparison.json is not the comparison that admission.json names";
  }
  const { candidate } = comparison.data;
  if (candidate.release !== digest || comparison.data.model !== model) {
    return `comparison.json is of release ${shortDigest(candidate.release)} of ${comparison.data.model}`;
  }
  const limit = config.maxTolerance[model];
  const { tolerance } = compared.rule;
  if (limit !== undefined && tolerance > limit) {
    return `might be ${tolerance} worse than ${name}, more than ${limit}`;
  }
  const verdict = judgeComparison(comparison.data, compared.incumbent, compared.rule);
  return verdict.passed ? undefined : `beside ${name}: ${verdict.text}`;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
