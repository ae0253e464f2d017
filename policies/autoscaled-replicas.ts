import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { AutoscalerSpec } from "./disruption-budget.ts";
import { enforcementLevel } from "./enforcement.ts";
import { placeOf } from "./selectors.ts";

/**
 * Judged resource by resource although it concerns two: a stack policy sees what the cluster answered, and there every
 * Deployment has replicas. What comes first is remembered, so that the order does not matter.
 */
export function autoscaledReplicas(): ResourceValidationPolicy {
  const fixed = new Set<string>();
  const autoscaled = new Set<string>();
  return {
    name: "autoscaled-replicas",
    description: "Where an autoscaler decides on the replicas, nothing else sets them.",
    enforcementLevel,
    validateResource: ({ type, props }, report) => {
      const kind = type.split(":").at(-1) ?? "";
      if (!type.startsWith("kubernetes:")) return;
      const { spec } = props as { spec?: AutoscalerSpec & { replicas?: number } };
      const { namespace, name } = placeOf({ props });
      if (kind === "HorizontalPodAutoscaler") {
        const { kind: targetKind, name: target } = spec?.scaleTargetRef ?? {};
        autoscaled.add(`${targetKind} ${namespace}/${target}`);
        if (fixed.has(`${targetKind} ${namespace}/${target}`)) {
          report(`${targetKind} ${target}: sets replicas, which this autoscaler decides on`);
        }
      } else if (scalable.has(kind) && spec?.replicas !== undefined) {
        fixed.add(`${kind} ${namespace}/${name}`);
        if (autoscaled.has(`${kind} ${namespace}/${name}`)) {
          report(`${kind} ${name}: sets replicas, which an autoscaler decides on; leave them out`);
        }
      }
    },
  };
}

const scalable = new Set(["Deployment", "ReplicaSet", "StatefulSet"]);
