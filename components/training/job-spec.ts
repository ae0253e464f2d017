import type { input } from "@pulumi/kubernetes/types/index.js";
import { canonicalJson } from "../../contracts/canonical.ts";
import { sweepVariable } from "../../contracts/sweep.ts";
import { jobVariable, trainingRunVariable } from "../../contracts/training-run.ts";
import { exitCodes } from "../../training-image/run/exit-code.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import { storageEnvironment } from "../registry/storage-environment.ts";
import { gpuPlacement } from "./gpu.ts";
import { trainingLabels, trainingRun, type TrainingDefinition } from "./training-definition.ts";
import { trainingResources, trainingVolumes } from "./training-resources.ts";

type EnvVar = input.core.v1.EnvVar;

/** Lies first in the container's variables: where the program ignores a change of the commit, it names this place. */
export const runVariableIndex = 0;

const defaultRetries = 3;
const container = "train";

/** Which Job a pod is of, for Jobs that a schedule makes and nobody names beforehand. */
export const ownJobName: EnvVar = {
  name: jobVariable,
  valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
};

/**
 * The Job that runs a training, or, for a sweep, one pod a trial.
 * @param job tells the trainer which Job it is: attempts of one Job share a run
 */
export function trainingJobSpec(definition: TrainingDefinition, job: EnvVar) {
  const { sweep, retries = defaultRetries } = definition;
  return {
    ...(sweep === undefined
      ? { backoffLimit: retries }
      : {
          completionMode: "Indexed",
          completions: sweep.study.trials,
          parallelism: sweep.parallelism,
          // One trial that fails again and again must not use up what the others may need.
          backoffLimitPerIndex: retries,
        }),
    podFailurePolicy: {
      rules: [
        // Wrong parameters or data are as wrong the next time; everything else may be better then.
        {
          action: "FailJob",
          onExitCodes: { containerName: container, operator: "In", values: [exitCodes.badInput] },
        },
        // A node that is drained or lost is no failure of the training.
        { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
      ],
    },
    template: { metadata: { labels: trainingLabels(definition) }, spec: podSpec(definition, job) },
  } satisfies input.batch.v1.JobSpec;
}

function podSpec(definition: TrainingDefinition, job: EnvVar): input.core.v1.PodSpec {
  const { gpu, sweep, resources, image, gitCommit, registry } = definition;
  const run = canonicalJson({ ...trainingRun(definition), gitCommit });
  const { volumes, mounts } = trainingVolumes(resources, definition.data, gpu);
  const study =
    sweep === undefined ? [] : [{ name: sweepVariable, value: canonicalJson(sweep.study) }];
  return {
    ...plainPod,
    restartPolicy: "Never",
    securityContext: podSecurity(users.own),
    ...(gpu === undefined ? {} : gpuPlacement(gpu)),
    containers: [
      {
        name: container,
        image,
        imagePullPolicy: "IfNotPresent",
        command: ["node", "/app/cli.js", sweep === undefined ? "train" : "sweep"],
        env: [
          { name: trainingRunVariable, value: run },
          job,
          ...study,
          ...storageEnvironment(registry.objects),
        ],
        resources: trainingResources(resources, gpu),
        securityContext: containerSecurity,
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...mounts],
      },
    ],
    volumes: [{ name: "tmp", emptyDir: {} }, ...volumes],
  };
}
