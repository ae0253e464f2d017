import type { StackValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import { Instant } from "../contracts/primitives.ts";
import { shortDigest } from "../contracts/release.ts";
import { isBefore } from "../contracts/release-order.ts";
import { enforcementLevel } from "./enforcement.ts";
import { soundManifestOf } from "./release-manifest.ts";
import { declaredRelease, servedBy, slotLabel, weightOf } from "./served-slots.ts";
import { settings } from "./settings.ts";
import { modelInStackFile } from "./stack-file.ts";
import { judgeEach, knownOf } from "./unknown.ts";

const { configSchema, read } = settings({
  trainedSince: z
    .record(z.string(), Instant)
    .default({})
    .describe("By model, when the oldest release was trained that may have requests, in UTC"),
});

export const releaseFloor: StackValidationPolicy = {
  name: "release-floor",
  description:
    "No release has requests that was trained before the floor: the `floor` of the stack file, where that is a release of the stack, or a time of the config.",
  enforcementLevel,
  configSchema,
  validateStack: (args, report) => {
    const { resources } = args;
    const { trainedSince } = read(args);
    const releases = knownOf(resources, declaredRelease);
    const trainedAt = (isIt: (digest: string) => boolean) => {
      const found = releases.find(({ data }) => isIt(data["digest"] ?? ""));
      return found && soundManifestOf(found)?.evidence.trainedAt;
    };
    judgeEach(resources, (resource) => {
      for (const slot of servedBy(resource)) {
        const floor = modelInStackFile(slot.model)?.["floor"];
        const bounds = [
          trainedSince[slot.model],
          typeof floor === "string" ? trainedAt((digest) => digest.startsWith(floor)) : undefined,
        ].filter((bound) => bound !== undefined);
        const own = trainedAt((digest) => digest === slot.release);
        if (own === undefined || !bounds.some((bound) => isBefore(own, bound))) continue;
        if (weightOf(slot, resources) === 0) continue;
        const name = typeof floor === "string" ? ` ${shortDigest(floor)}` : "";
        report(`${slotLabel(slot)}: was trained at ${own}, before the floor${name}`, slot.urn);
      }
    });
  },
};
