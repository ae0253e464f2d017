import type { ResourceValidationPolicy } from "@pulumi/policy";
import { containersOf, label, type Container } from "./pods.ts";
import { enforcementLevel } from "./enforcement.ts";

export const requestsAndLimits: ResourceValidationPolicy = {
  name: "requests-and-limits",
  description: "Every container requests CPU and memory, and has a memory limit.",
  enforcementLevel,
  validateResource: ({ type, props }, report) => {
    for (const message of resourceFaults(containersOf(type, props))) report(message);
  },
};

/** Which containers lack requests or a limit, one message for each. */
export function resourceFaults(containers: readonly Container[]): string[] {
  return containers.flatMap((container) => {
    const missing = missingResources(container);
    return missing.length === 0
      ? []
      : [`${label(container)}: has no resources.${missing.join(", resources.")}`];
  });
}

/** A CPU limit is not asked for: it slows a container down where nobody else wants the core. */
function missingResources({ resources }: Container): string[] {
  const asked = {
    "requests.cpu": resources?.requests?.["cpu"],
    "requests.memory": resources?.requests?.["memory"],
    "limits.memory": resources?.limits?.["memory"],
  };
  return Object.entries(asked)
    .filter(([, quantity]) => quantity === undefined)
    .map(([path]) => path);
}
