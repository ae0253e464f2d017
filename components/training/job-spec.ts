import type { input } from "@pulumi/kubernetes/types/index.js";
import { keys } from "../../contracts/names.ts";
import { jobVariable } from "../../contracts/training-run.ts";
import { podFailurePolicy } from "../foundation/jobs.ts";
import { trainingLabels, type TrainingDefinition } from "./training-definition.ts";
import { ownContainers, trainingPod } from "./training-pod.ts";

const defaultRetries = 3;

/** Which Job a pod is of, for Jobs that a schedule makes and nobody names beforehand. */
export const ownJobName: input.core.v1.EnvVar = {
  name: jobVariable,
  valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
};

/**
 * The Job that runs a training, or, for a sweep, one pod a trial.
 * @param job tells the trainer which Job it is: attempts of one Job share a run
 */
export function trainingJobSpec(definition: TrainingDefinition, job: input.core.v1.EnvVar) {
  const { sweep, retries = defaultRetries, deadline } = definition;
  return {
    ...(deadline === undefined ? {} : { activeDeadlineSeconds: deadline }),
    ...(sweep === undefined
      ? { backoffLimit: retries }
      : {
          completionMode: "Indexed",
          completions: sweep.study.trials,
          parallelism: sweep.parallelism,
          // One trial that fails again and again must not use up what the others may need.
          backoffLimitPerIndex: retries,
        }),
    podFailurePolicy: podFailurePolicy(ownContainers(definition)),
    template: {
      metadata: {
        labels: trainingLabels(definition),
        // The API server lets nobody change the retries of an Indexed Job, and only a change in here replaces a Job.
        ...(sweep === undefined ? {} : { annotations: { [keys.retries]: String(retries) } }),
      },
      spec: trainingPod(definition, job),
    },
  } satisfies input.batch.v1.JobSpec;
}
