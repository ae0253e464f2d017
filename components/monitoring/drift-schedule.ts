import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { keys } from "../../contracts/names.ts";
import { oneAtATime } from "../foundation/jobs.ts";
import { objectLabels, selectorLabels } from "../foundation/labels.ts";
import type { ObjectStore } from "../registry/object-store.ts";
import { sinkEgress } from "../serving/sink-egress.ts";
import { commandJobSpec } from "../training/command-job.ts";

/** What is asked of the logged answers of a window. */
export interface DriftRules {
  /** How far back, in seconds. */
  window: number;
  /** Rows, or for a shadow pairs of answers, under which nothing is said. */
  minimum: number;
  /** PSI from which a feature counts as drifted. */
  threshold: number;
  /** Relative difference over which a shadow's number disagrees. */
  tolerance: number;
}

export interface DriftScheduleArgs extends DriftRules {
  model: string;
  environment: string;
  namespace: pulumi.Input<string>;
  /** The training image. */
  image: string;
  objects: ObjectStore;
  /** Five fields of cron and an IANA time zone. */
  schedule: string;
  timeZone: string;
  /** Days after which logs are deleted. */
  retentionDays: number;
  /** Where metrics go as well. Plain, because it decides whether the Jobs may reach it. @default nowhere */
  pushgateway?: string | undefined;
  /** Whether the model has a shadow. Plain, because it decides whether it is compared. */
  hasShadow: boolean;
  resources: { cpu: string; memory: string };
}

/** The component that pods of these Jobs are labelled with, whom the object store lets in. */
export const driftComponent = "drift";

/**
 * Looks at a model's logged answers at given times: how far they are from what its releases were trained on, and, where
 * it has a shadow, from the shadow's. Each is a CronJob of its own, so that one that fails says which.
 */
export class DriftSchedule extends pulumi.ComponentResource {
  constructor(name: string, args: DriftScheduleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:monitoring:DriftSchedule", name, {}, opts);
    const parent = { parent: this };
    const { model, environment, namespace, pushgateway, threshold, tolerance, minimum } = args;
    const identity = {
      name: driftComponent,
      instance: model,
      component: driftComponent,
      environment,
    };
    const own = { [keys.model]: model };
    const labels = { ...objectLabels(identity), ...own };
    const asked = [
      ...["--environment", environment, "--model", model],
      ...["--window", `${Math.ceil(args.window / 60)}m`],
      ...(pushgateway === undefined ? [] : ["--pushgateway", pushgateway]),
    ];
    const addCommand = (command: "drift" | "shadow", line: readonly string[]) => {
      const { image, objects, resources } = args;
      const job = { command, line: [...asked, ...line], image, objects, labels, resources };
      new CronJob(
        `${name}-${command}`,
        {
          metadata: { name: `${command}-${model}`, namespace, labels },
          spec: {
            schedule: args.schedule,
            timeZone: args.timeZone,
            ...oneAtATime,
            jobTemplate: { metadata: { labels }, spec: commandJobSpec({ ...job, retries: 2 }) },
          },
        },
        { ...parent, dependsOn: [objects] },
      );
    };
    addCommand("drift", [
      ...["--minimum-rows", String(minimum), "--threshold", String(threshold)],
      ...["--retention-days", String(args.retentionDays)],
    ]);
    if (args.hasShadow) {
      addCommand("shadow", [
        ...["--minimum-pairs", String(minimum), "--tolerance", String(tolerance)],
      ]);
    }
    if (pushgateway !== undefined) {
      new NetworkPolicy(
        `${name}-pushgateway`,
        {
          metadata: { name: `allow-drift-${model}-pushgateway`, namespace, labels },
          spec: {
            podSelector: { matchLabels: { ...selectorLabels(identity), ...own } },
            policyTypes: ["Egress"],
            egress: [sinkEgress(pushgateway)],
          },
        },
        parent,
      );
    }
    this.registerOutputs({});
  }
}
