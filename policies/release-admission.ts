import type { ResourceValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import { freshnessOf } from "../contracts/freshness.ts";
import { Instant } from "../contracts/primitives.ts";
import { enforcementLevel } from "./enforcement.ts";
import { soundManifestOf } from "./release-manifest.ts";
import { releaseOf, type ReleaseObject } from "./release-object.ts";

export const releaseAdmission: ResourceValidationPolicy = {
  name: "release-admission",
  description:
    "A release was fresh enough when the environment admitted it: the age is counted anew from when it was trained.",
  enforcementLevel,
  validateResource: ({ type, props }, report) => {
    const release = releaseOf(type, props);
    if (release === undefined) return;
    const fault = admissionFault(release);
    if (fault !== undefined) report(`${release.name}: ${fault}`);
  },
};

/** The part of the record that counts. The age that it states is not read. */
const Admission = z.object({
  admittedAt: Instant,
  shadowSince: Instant.optional(),
  maxAgeSeconds: z.number().nonnegative().optional(),
});

/**
 * What is wrong with how a release was admitted, or undefined. The limit is the one that held then, so that a release
 * does not fail for its age when something else is changed, nor when it is rolled back to.
 */
export function admissionFault(release: ReleaseObject): string | undefined {
  const trainedAt = soundManifestOf(release)?.evidence.trainedAt;
  const { "admission.json": text } = release.data;
  if (trainedAt === undefined) return undefined;
  if (text === undefined) return "admission.json is missing: nobody knows when it was admitted";
  const admission = Admission.safeParse(parsed(text));
  if (!admission.success) return `admission.json: ${z.prettifyError(admission.error)}`;
  const { maxAgeSeconds, shadowSince } = admission.data;
  // Of what was a shadow before it had requests the age was asked then.
  const admittedAt = shadowSince ?? admission.data.admittedAt;
  const { ageSeconds, fault } = freshnessOf(trainedAt, admittedAt, maxAgeSeconds);
  if (fault === "early") {
    return `was admitted at ${admittedAt}, before it was trained at ${trainedAt}`;
  }
  if (fault === undefined) return undefined;
  return `was ${ageSeconds} s old when it was admitted, more than ${maxAgeSeconds} s`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
