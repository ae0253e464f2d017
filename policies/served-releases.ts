import type { StackValidationPolicy } from "@pulumi/policy";
import { isShadowRecord } from "../contracts/admission-record.ts";
import { enforcementLevel } from "./enforcement.ts";
import { placeOf } from "./selectors.ts";
import { declaredRelease, isUnreadable, servedBy, slotLabel } from "./served-slots.ts";
import { judgeEach } from "./unknown.ts";

export const servedReleases: StackValidationPolicy = {
  name: "served-releases",
  description:
    "Servers load no release but those that the stack declares, with their evidence; blue's and green's none that was admitted as a shadow's.",
  enforcementLevel,
  validateStack: ({ resources }, report) => {
    judgeEach(resources, (resource) => {
      if (isUnreadable(resource)) {
        const { name } = placeOf(resource);
        report(`ConfigMap ${name}: configures servers with what is no JSON`, resource.urn);
      }
      for (const slot of servedBy(resource)) {
        const declared = resources
          .flatMap(declaredRelease)
          .filter(({ data }) => data["digest"] === slot.release);
        if (declared.length === 0) {
          report(`${slotLabel(slot)}: the stack declares no such release`, slot.urn);
        } else if (slot.slot !== "shadow" && declared.every(({ data }) => isShadowRecord(data))) {
          const message = "was admitted as a shadow, and beside nothing: it may have no requests";
          report(`${slotLabel(slot)}: ${message}`, slot.urn);
        }
      }
    });
  },
};
