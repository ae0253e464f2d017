import type { V1CronJob, V1Job } from "@kubernetes/client-node";
import { backupVariables } from "../../contracts/backup.ts";

/**
 * The Job that a CronJob would make now, under a name of its own.
 * @param point the backup it is about, by its name; undefined for the newest
 * @throws Error where the CronJob holds no Job
 */
export function jobOf(cronJob: V1CronJob, now: Date, point: string | undefined): V1Job {
  const { metadata, spec } = structuredClone(cronJob);
  const template = spec?.jobTemplate.spec?.template.spec;
  if (metadata?.name === undefined || spec?.jobTemplate.spec === undefined || template == null) {
    throw new Error("a CronJob of the backup holds no Job: run `pulumi up` for that environment");
  }
  for (const { env = [] } of [...(template.initContainers ?? []), ...template.containers]) {
    for (const variable of env) {
      if (variable.name === backupVariables.point) variable.value = point ?? "";
    }
  }
  const { labels } = spec.jobTemplate.metadata ?? {};
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${metadata.name}-${Math.floor(now.getTime() / 1_000)}`,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      ...(labels === undefined ? {} : { labels }),
      annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
    },
    // What was asked for by hand is cleaned up as well.
    spec: { ...spec.jobTemplate.spec, ttlSecondsAfterFinished: 7 * 24 * 3_600 },
  };
}

/** How a Job ended, or undefined while it has not. */
export function endOf({ status }: Pick<V1Job, "status">): "complete" | "failed" | undefined {
  const holds = (type: string) =>
    (status?.conditions ?? []).some((one) => one.type === type && one.status === "True");
  if (holds("Complete")) return "complete";
  return holds("Failed") ? "failed" : undefined;
}
