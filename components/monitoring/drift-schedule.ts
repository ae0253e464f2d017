import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { input } from "@pulumi/kubernetes/types/index.js";
import * as pulumi from "@pulumi/pulumi";
import { buckets, keys } from "../../contracts/names.ts";
import { oneAtATime, podFailurePolicy } from "../foundation/jobs.ts";
import { objectLabels, selectorLabels } from "../foundation/labels.ts";
import { containerResources } from "../foundation/requests.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import type { ObjectStore } from "../registry/object-store.ts";
import { storageEnvironment } from "../registry/storage-environment.ts";
import { sinkEgress } from "../serving/sink-egress.ts";

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
    const commands = {
      drift: [
        ...["--minimum-rows", String(minimum), "--threshold", String(threshold)],
        ...["--retention-days", String(args.retentionDays)],
      ],
      ...(args.hasShadow
        ? { shadow: ["--minimum-pairs", String(minimum), "--tolerance", String(tolerance)] }
        : {}),
    };
    for (const [command, line] of Object.entries(commands)) {
      new CronJob(
        `${name}-${command}`,
        {
          metadata: { name: `${command}-${model}`, namespace, labels },
          spec: {
            schedule: args.schedule,
            timeZone: args.timeZone,
            ...oneAtATime,
            jobTemplate: { metadata: { labels }, spec: jobSpec(args, labels, command, line) },
          },
        },
        { ...parent, dependsOn: [args.objects] },
      );
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

function jobSpec(
  args: DriftScheduleArgs,
  labels: Record<string, string>,
  command: string,
  line: readonly string[],
): input.batch.v1.JobSpec {
  const { image, objects, resources, window, environment, model, pushgateway } = args;
  return {
    backoffLimit: 2,
    podFailurePolicy: podFailurePolicy([command]),
    template: {
      metadata: { labels },
      spec: {
        ...plainPod,
        restartPolicy: "Never",
        securityContext: podSecurity(users.own),
        containers: [
          {
            name: command,
            image,
            imagePullPolicy: "IfNotPresent",
            command: ["node", "/app/cli.js", command],
            args: [
              ...["--endpoint", objects.endpoint, "--region", objects.region],
              ...["--bucket", buckets.releases],
              ...["--environment", environment, "--model", model],
              ...["--window", `${Math.ceil(window / 60)}m`],
              ...(pushgateway === undefined ? [] : ["--pushgateway", pushgateway]),
              ...line,
            ],
            env: storageEnvironment(objects),
            resources: containerResources(resources.cpu, resources.memory, resources.memory),
            securityContext: containerSecurity,
            volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
          },
        ],
        volumes: [{ name: "tmp", emptyDir: {} }],
      },
    },
  };
}
