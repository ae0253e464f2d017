import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { enforcementLevel } from "./enforcement.ts";
import { podOf } from "./pods.ts";
import { placeOf, runsPodsWith } from "./selectors.ts";
import { settings, stacks } from "./settings.ts";
import { stackOf } from "./stack-name.ts";
import { judgeEach } from "./unknown.ts";

const { configSchema, read } = settings({ stacks: stacks("prod") });

export const disruptionBudget: StackValidationPolicy = {
  name: "disruption-budget",
  description:
    "What has more than one replica, or may be scaled to more, has a PodDisruptionBudget, so that a drained node does not take all at once.",
  enforcementLevel,
  configSchema,
  validateStack: (args, report) => {
    const config = read(args);
    const resources = args.resources.filter(({ urn }) => config.stacks.includes(stackOf(urn)));
    const budgets = resources.filter(({ type }) => type.endsWith(":PodDisruptionBudget"));
    judgeEach(resources, (workload) => {
      if (replicasOf(workload, resources) < 2) return;
      if (budgets.some((budget) => covers(budget, workload))) return;
      const kind = workload.type.split(":").at(-1);
      report(`${kind} ${placeOf(workload).name}: no PodDisruptionBudget selects it`, workload.urn);
    });
  },
};

const scaled = new Set(["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"]);

/** How many replicas there may be: what is set, or where an autoscaler decides, its maximum. */
function replicasOf(workload: PolicyResource, resources: readonly PolicyResource[]): number {
  if (!scaled.has(workload.type) || podOf(workload.type, workload.props) === undefined) return 0;
  const { spec } = workload.props as { spec?: { replicas?: number } };
  const most = resources.flatMap((resource) => {
    if (!resource.type.endsWith(":HorizontalPodAutoscaler")) return [];
    const autoscaler = (resource.props as { spec?: AutoscalerSpec }).spec;
    const isOurs =
      placeOf(resource).namespace === placeOf(workload).namespace &&
      autoscaler?.scaleTargetRef?.kind === workload.type.split(":").at(-1) &&
      autoscaler?.scaleTargetRef?.name === placeOf(workload).name;
    return isOurs ? [autoscaler?.maxReplicas ?? 1] : [];
  });
  return Math.max(spec?.replicas ?? 1, ...most);
}

/** The part of an autoscaler's specification that the policies read. */
export interface AutoscalerSpec {
  scaleTargetRef?: { kind?: string; name?: string };
  maxReplicas?: number;
}

function covers(budget: PolicyResource, workload: PolicyResource): boolean {
  const { spec } = budget.props as {
    spec?: { selector?: { matchLabels?: Readonly<Record<string, string>> } };
  };
  return (
    placeOf(budget).namespace === placeOf(workload).namespace &&
    runsPodsWith(workload, spec?.selector?.matchLabels)
  );
}
