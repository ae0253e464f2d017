import type { ResourceValidationPolicy } from "@pulumi/policy";
import { enforcementLevel } from "./enforcement.ts";
import { containersOf, label, podOf, type Container, type PodSpec } from "./pods.ts";

const vendors = ["nvidia.com", "amd.com", "gpu.intel.com"];

export const gpuPlacement: ResourceValidationPolicy = {
  name: "gpu-placement",
  description:
    "A pod that asks for a GPU tolerates the taint of GPU nodes and names the pool it runs in, so that it takes no other's card.",
  enforcementLevel,
  validateResource: ({ type, props }, report) => {
    const spec = podOf(type, props)?.spec;
    if (spec === undefined) return;
    for (const message of placementFaults(spec, containersOf(type, props))) report(message);
  },
};

/** How many GPUs, or parts of one, a container asks for, by the name of the resource. */
export function gpusOf({ resources }: Container): [resource: string, count: number][] {
  const asked = { ...resources?.requests, ...resources?.limits };
  return Object.entries(asked).flatMap(([name, count]) => {
    const isGpu = vendors.some((vendor) => name.startsWith(`${vendor}/`));
    return isGpu && Number(count) > 0 ? [[name, Number(count)] as [string, number]] : [];
  });
}

/** What keeps a pod with GPUs from being in its place, one message for each. */
export function placementFaults(spec: PodSpec, containers: readonly Container[]): string[] {
  const asking = containers.find((container) => gpusOf(container).length > 0);
  const [resource = ""] = (asking && gpusOf(asking)[0]) ?? [];
  if (asking === undefined) return [];
  const taint = `${resource.split("/")[0]}/gpu`;
  const tolerates = (spec.tolerations ?? []).some(
    ({ key, operator, effect }) =>
      (key === taint || (key === undefined && operator === "Exists")) &&
      (effect === undefined || effect === "NoSchedule"),
  );
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const isPlaced = Object.keys(spec.nodeSelector ?? {}).length > 0 || required !== undefined;
  const who = `${label(asking)}: asks for ${resource}, but its pod`;
  return [
    ...(tolerates ? [] : [`${who} does not tolerate the taint ${taint}`]),
    ...(isPlaced
      ? []
      : [`${who} names no pool of nodes; name one of isotherm:gpuPools in the stack file`]),
  ];
}
