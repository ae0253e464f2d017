import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import * as pulumi from "@pulumi/pulumi";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { buckets, keys } from "../../contracts/names.ts";
import {
  jobVariable,
  trainingRunVariable,
  type TrainingRun,
} from "../../contracts/training-run.ts";
import { exitCodes } from "../../training-image/run/exit-code.ts";
import { objectLabels } from "../foundation/labels.ts";
import { containerResources, defaultResources } from "../foundation/requests.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import type { ModelRegistry } from "../registry/model-registry.ts";
import { storageEnvironment } from "../registry/storage-environment.ts";

export interface TrainingJobArgs {
  /** Name of the training definition; the model it makes has the same name. */
  training: string;
  workload: string;
  /** All parameters, defaults included: another value makes another run. */
  params: Readonly<Record<string, string | number>>;
  environment: string;
  namespace: pulumi.Input<string>;
  image: string;
  /** Commit of the sources, for lineage; it does not decide whether to train again. */
  gitCommit: string;
  registry: ModelRegistry;
  /** Whether the program waits until the Job is done. */
  wait: boolean;
  /** @default 500m and 512Mi */
  resources: { cpu?: string | undefined; memory?: string | undefined };
}

/** One training run as a Job, named by what goes into it: the same inputs never train twice. */
export class TrainingJob extends pulumi.ComponentResource {
  public readonly jobName: string;
  /** The Job's name, known once it is done (or, where the program does not wait, once it is there). */
  public readonly done: pulumi.Output<string>;

  constructor(name: string, args: TrainingJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:training:TrainingJob", name, {}, opts);
    const { training, workload, params, environment, image, registry } = args;
    const run: Omit<TrainingRun, "gitCommit"> = {
      schema: "isotherm.dev/training-run/v1",
      name: training,
      workload,
      params,
      environment,
      image,
      registry: registry.url,
      objects: {
        endpoint: registry.objects.endpoint,
        region: registry.objects.region,
        bucket: buckets.releases,
      },
    };
    const hash = sha256Hex(canonicalJson(run)).slice(0, 10);
    this.jobName = `train-${training}-${hash}`;
    const labels = {
      ...objectLabels({ name: "training", instance: training, component: "training", environment }),
      [keys.model]: training,
    };
    const memory = args.resources.memory ?? defaultResources.training.memory;
    const job = new Job(
      name,
      {
        metadata: {
          name: this.jobName,
          namespace: args.namespace,
          labels,
          ...(args.wait ? {} : { annotations: { "pulumi.com/skipAwait": "true" } }),
        },
        spec: {
          backoffLimit: 3,
          // Wrong parameters or data are as wrong the next time; everything else may be better then.
          podFailurePolicy: {
            rules: [
              {
                action: "FailJob",
                onExitCodes: {
                  containerName: "train",
                  operator: "In",
                  values: [exitCodes.badInput],
                },
              },
            ],
          },
          template: {
            metadata: { labels },
            spec: {
              ...plainPod,
              restartPolicy: "Never",
              securityContext: podSecurity(users.own),
              containers: [
                {
                  name: "train",
                  image,
                  imagePullPolicy: "IfNotPresent",
                  command: ["node", "/app/cli.js", "train"],
                  env: [
                    {
                      name: trainingRunVariable,
                      value: canonicalJson({ ...run, gitCommit: args.gitCommit }),
                    },
                    { name: jobVariable, value: this.jobName },
                    ...storageEnvironment(registry.objects),
                  ],
                  resources: containerResources(
                    args.resources.cpu ?? defaultResources.training.cpu,
                    memory,
                    memory,
                  ),
                  securityContext: containerSecurity,
                  volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
                },
              ],
              volumes: [{ name: "tmp", emptyDir: {} }],
            },
          },
        },
      },
      {
        parent: this,
        dependsOn: [registry],
        // The commit is lineage of the run that was made; a new commit alone is no reason to train again.
        ignoreChanges: ["spec.template.spec.containers[0].env[0].value"],
        // Hours of training may fit in here; ten minutes do not hold them.
        customTimeouts: { create: "6h" },
      },
    );
    this.done = pulumi.all([job.metadata.name, job.status]).apply(([jobName]) => jobName);
    this.registerOutputs({ done: this.done });
  }
}
