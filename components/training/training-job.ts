import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import * as pulumi from "@pulumi/pulumi";
import { jobVariable } from "../../contracts/training-run.ts";
import { trainingJobSpec } from "./job-spec.ts";
import { definitionHash, trainingLabels, type TrainingDefinition } from "./training-definition.ts";
import { commitPaths } from "./training-pod.ts";

export interface TrainingJobArgs extends TrainingDefinition {
  /** Whether the program waits until the Job is done. */
  wait: boolean;
}

/** One training as a Job, named by what goes into it: the same inputs never train twice. */
export class TrainingJob extends pulumi.ComponentResource {
  public readonly jobName: string;
  /** The Job's name, known once it is done (or, where the program does not wait, once it is there). */
  public readonly done: pulumi.Output<string>;

  constructor(name: string, args: TrainingJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:training:TrainingJob", name, {}, opts);
    const kind = args.sweep === undefined ? "train" : "sweep";
    this.jobName = `${kind}-${args.training}-${definitionHash(args)}`;
    const job = new Job(
      name,
      {
        metadata: {
          name: this.jobName,
          namespace: args.namespace,
          labels: trainingLabels(args),
          ...(args.wait ? {} : { annotations: { "pulumi.com/skipAwait": "true" } }),
        },
        spec: trainingJobSpec(args, { name: jobVariable, value: this.jobName }),
      },
      {
        parent: this,
        dependsOn: [args.registry],
        // The commit is lineage of the run that was made; a new commit alone is no reason to train again.
        ignoreChanges: commitPaths(args).map((path) => `spec.template.spec.${path}`),
        // Hours of training may fit in here; ten minutes do not hold them.
        customTimeouts: { create: "6h" },
      },
    );
    this.done = pulumi.all([job.metadata.name, job.status]).apply(([jobName]) => jobName);
    this.registerOutputs({ done: this.done });
  }
}
