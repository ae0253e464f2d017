import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import * as pulumi from "@pulumi/pulumi";
import { oneAtATime } from "../foundation/jobs.ts";
import { ownJobName, trainingJobSpec } from "./job-spec.ts";
import { trainingLabels, type TrainingDefinition } from "./training-definition.ts";

export interface TrainingScheduleArgs extends TrainingDefinition {
  /** When it trains, as five fields of cron: `0 2 * * *`. */
  schedule: string;
  /** IANA name of the zone that the schedule is in, such as `Europe/Helsinki`. */
  timeZone: string;
}

/** A training that is done anew at given times, never twice at the same time. Each time makes a run of its own. */
export class TrainingSchedule extends pulumi.ComponentResource {
  /** Name of the CronJob, known once it is there. */
  public readonly cronJobName: pulumi.Output<string>;

  constructor(name: string, args: TrainingScheduleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:training:TrainingSchedule", name, {}, opts);
    const labels = trainingLabels(args);
    const cronJob = new CronJob(
      name,
      {
        metadata: { name: `train-${args.training}`, namespace: args.namespace, labels },
        spec: {
          schedule: args.schedule,
          timeZone: args.timeZone,
          ...oneAtATime,
          jobTemplate: { metadata: { labels }, spec: trainingJobSpec(args, ownJobName) },
        },
      },
      { parent: this, dependsOn: [args.registry] },
    );
    this.cronJobName = cronJob.metadata.name;
    this.registerOutputs({ cronJobName: this.cronJobName });
  }
}
