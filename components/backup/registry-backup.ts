import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { input } from "@pulumi/kubernetes/types/index.js";
import * as pulumi from "@pulumi/pulumi";
import { backupDeadlineSeconds, backupJobs } from "../../contracts/backup.ts";
import { services } from "../../contracts/names.ts";
import { jobPod, oneAtATime, podFailurePolicy } from "../foundation/jobs.ts";
import { objectLabels } from "../foundation/labels.ts";
import type { Flow } from "../foundation/network-flows.ts";
import { sinkEgress } from "../serving/sink-egress.ts";
import { backupSteps, stepVolumes, type BackupStepsArgs } from "./backup-steps.ts";

type Container = input.core.v1.Container;

export interface RegistryBackupArgs extends BackupStepsArgs {
  namespace: pulumi.Input<string>;
  /** When: five fields of cron and an IANA time zone. */
  schedule: { cron: string; timeZone: string };
  /** When the newest backup is restored on trial. Plain, because it decides whether a Job is ever made. @default never */
  drill?: { cron: string; timeZone: string } | undefined;
}

/** The traffic inside the namespace that backups and restores need. */
export const backupFlows: readonly Flow[] = [
  { from: "backup", to: "database", port: services.database.port },
  { from: "backup", to: "object-store", port: services.objects.port },
];

/**
 * Backups of a registry as a CronJob, and beside it what a drill and a restore are made from: CronJobs that are suspended,
 * of which `npm run backup` makes a Job.
 */
export class RegistryBackup extends pulumi.ComponentResource {
  constructor(name: string, args: RegistryBackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:backup:RegistryBackup", name, {}, opts);
    const parent = { parent: this };
    const { namespace, environment, schedule, drill } = args;
    const steps = backupSteps(args);
    const labelsOf = (component: string) =>
      objectLabels({ name: "backup", instance: component, component, environment });

    const cronJob = (
      job: string,
      component: "backup" | "backup-verify",
      when: { cron: string; timeZone: string } | undefined,
      backoffLimit: number,
      containers: [Container, ...Container[]],
    ) => {
      const labels = labelsOf(component);
      // What never runs by itself needs a schedule all the same.
      const { cron, timeZone } = when ?? schedule;
      return new CronJob(
        `${name}-${job}`,
        {
          metadata: { name: job, namespace, labels },
          spec: {
            schedule: cron,
            timeZone,
            suspend: when === undefined,
            ...oneAtATime,
            jobTemplate: {
              metadata: { labels },
              spec: jobSpec(labels, backoffLimit, containers),
            },
          },
        },
        parent,
      );
    };
    const { dump, run, fetch, restoreScratch, check } = steps;
    const { requireEmpty, restoreObjects, restoreDatabase } = steps;
    cronJob(backupJobs.run, "backup", schedule, 3, [dump, run]);
    cronJob(backupJobs.verify, "backup-verify", drill, 1, [fetch, restoreScratch, check]);
    const restore = [requireEmpty, restoreObjects, restoreDatabase] as const;
    cronJob(backupJobs.restore, "backup", undefined, 3, [...restore]);
    new NetworkPolicy(
      `${name}-destination`,
      {
        metadata: { name: "allow-backup-destination", namespace, labels: labelsOf("backup") },
        spec: {
          podSelector: {
            matchExpressions: [
              {
                key: "app.kubernetes.io/component",
                operator: "In",
                values: ["backup", "backup-verify"],
              },
            ],
          },
          policyTypes: ["Egress"],
          egress: [sinkEgress(args.destination.endpoint)],
        },
      },
      parent,
    );
    this.registerOutputs({});
  }
}

/** A Job whose pod takes the steps one after the other; each try begins with the first. */
function jobSpec(
  labels: Record<string, string>,
  backoffLimit: number,
  containers: readonly [Container, ...Container[]],
) {
  const last = containers.at(-1) ?? containers[0];
  const own = containers.flatMap(({ name, command }) =>
    (command as string[])[0] === "node" ? [name as string] : [],
  );
  return {
    backoffLimit,
    activeDeadlineSeconds: backupDeadlineSeconds,
    podFailurePolicy: podFailurePolicy(own),
    template: {
      metadata: { labels },
      spec: {
        ...jobPod,
        initContainers: containers.slice(0, -1),
        containers: [last],
        volumes: stepVolumes,
      },
    },
  } satisfies input.batch.v1.JobSpec;
}
