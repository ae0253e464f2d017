import type { StackValidationPolicy } from "@pulumi/policy";
import { enforcementLevel } from "./enforcement.ts";
import { declaredRelease, servedBy, slotLabel } from "./served-slots.ts";
import { judgeEach } from "./unknown.ts";

export const servedReleases: StackValidationPolicy = {
  name: "served-releases",
  description: "Servers load no release but those that the stack declares, with their evidence.",
  enforcementLevel,
  validateStack: ({ resources }, report) => {
    judgeEach(resources, (resource) => {
      for (const slot of servedBy(resource)) {
        const digests = resources.flatMap(declaredRelease).map(({ data }) => data["digest"]);
        if (digests.includes(slot.release)) continue;
        report(`${slotLabel(slot)}: the stack declares no such release`, slot.urn);
      }
    });
  },
};
