import type { input } from "@pulumi/kubernetes/types/index.js";
import { canonicalJson } from "../../contracts/canonical.ts";
import { runContract } from "../../contracts/run-contract.ts";
import { sweepVariable } from "../../contracts/sweep.ts";
import { trainingRunVariable, type Trainer } from "../../contracts/training-run.ts";
import { checkpointFolderVariable } from "../../training-image/run/checkpoints/settings.ts";
import { jobPod } from "../foundation/jobs.ts";
import { containerSecurity } from "../foundation/security.ts";
import { gpuPlacement, onGpu } from "../gpu/gpu.ts";
import { storageEnvironment } from "../registry/storage-environment.ts";
import { trainingRun, type TrainingDefinition } from "./training-definition.ts";
import {
  dataFolder,
  trainingResources,
  trainingVolumes,
  type VolumeMounts,
} from "./training-resources.ts";

type EnvVar = input.core.v1.EnvVar;
type Container = input.core.v1.Container;

/** The pod's containers that run the training image, by name: those whose exit codes mean what ours mean. */
export function ownContainers({ trainer }: Pick<TrainingDefinition, "trainer">): string[] {
  return trainer === undefined ? ["train"] : ["fetch-data", "collect"];
}

/** Where the commit is told, in a pod's specification. */
export function commitPaths({ trainer }: Pick<TrainingDefinition, "trainer">): string[] {
  const first = trainer === undefined ? [] : ["initContainers[0]"];
  return [...first, "containers[0]"].map((container) => `${container}.env[0].value`);
}

/** The pod that trains: by the training image alone, or by a trainer between two steps of ours. */
export function trainingPod(definition: TrainingDefinition, job: EnvVar): input.core.v1.PodSpec {
  const { gpu, trainer, resources, data } = definition;
  const volumes = trainingVolumes(resources, data, gpu);
  const steps =
    trainer === undefined
      ? { containers: [workloadContainer(definition, job, volumes)], volumes: [] }
      : trainerSteps(definition, trainer, job, volumes);
  return {
    ...jobPod,
    ...(gpu === undefined ? {} : gpuPlacement(gpu)),
    ...steps,
    volumes: [{ name: "tmp", emptyDir: {} }, ...steps.volumes, ...volumes.volumes],
  };
}

function workloadContainer(
  definition: TrainingDefinition,
  job: EnvVar,
  { mounts }: VolumeMounts,
): Container {
  const { sweep, resources, gpu, data } = definition;
  const more: EnvVar[] = [];
  if (sweep !== undefined) more.push({ name: sweepVariable, value: canonicalJson(sweep.study) });
  if (gpu !== undefined) more.push(onGpu);
  // Only a claim outlives the pod; elsewhere checkpoints lie in the object store alone.
  if (data !== undefined && "claim" in data) {
    more.push({ name: checkpointFolderVariable, value: `${dataFolder}/checkpoints` });
  }
  return {
    ...ownContainer(definition, "train", job, more),
    command: ["node", "/app/cli.js", sweep === undefined ? "train" : "sweep"],
    resources: trainingResources(resources, gpu),
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...mounts],
  };
}

const folders = { data: "/isotherm/data", output: "/isotherm/output" } as const;

/**
 * The three steps of the run contract: we lay out the data, the trainer trains, we register what it left. The trainer
 * is given no credentials, and can alter neither its data nor what it left once it has ended.
 */
function trainerSteps(
  definition: TrainingDefinition,
  { image, command }: Trainer,
  job: EnvVar,
  { mounts }: VolumeMounts,
) {
  const { training, params, resources, gpu } = definition;
  const { variables } = runContract;
  const data = { name: variables.data, value: folders.data };
  const output = { name: variables.output, value: folders.output };
  const tmp = { name: "tmp", mountPath: "/tmp" };
  const dataMount = { name: "data-set", mountPath: folders.data };
  const outputMount = { name: "output", mountPath: folders.output };
  const own = trainingResources(resources, gpu);
  const light = {
    requests: { cpu: "100m", memory: "256Mi" },
    limits: { memory: own.limits.memory },
  };
  const fetch: Container = {
    ...ownContainer(definition, "fetch-data", job, [data]),
    command: ["node", "/app/cli.js", "fetch-data"],
    resources: light,
    volumeMounts: [tmp, dataMount],
  };
  const train: Container = {
    name: "train",
    image,
    imagePullPolicy: "IfNotPresent",
    ...(command === undefined ? {} : { command }),
    env: [
      { name: variables.params, value: canonicalJson(params) },
      data,
      output,
      { name: variables.model, value: training },
      // Many libraries keep a cache at home, and the root file system is only to be read.
      { name: "HOME", value: "/tmp" },
    ],
    resources: own,
    securityContext: containerSecurity,
    volumeMounts: [tmp, { ...dataMount, readOnly: true }, outputMount, ...mounts],
  };
  const collect: Container = {
    ...ownContainer(definition, "collect", job, [output]),
    command: ["node", "/app/cli.js", "collect"],
    resources: light,
    volumeMounts: [tmp, { ...outputMount, readOnly: true }],
  };
  return {
    initContainers: [fetch, train],
    containers: [collect],
    volumes: [
      { name: "data-set", emptyDir: {} },
      { name: "output", emptyDir: {} },
    ],
  };
}

/** A container of the training image; the run lies first among its variables, where `commitPaths` says. */
function ownContainer(
  definition: TrainingDefinition,
  name: string,
  job: EnvVar,
  more: readonly EnvVar[],
): Container {
  const { image, gitCommit, registry } = definition;
  const run = canonicalJson({ ...trainingRun(definition), gitCommit });
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    env: [
      { name: trainingRunVariable, value: run },
      job,
      ...more,
      ...storageEnvironment(registry.objects, "training"),
    ],
    securityContext: containerSecurity,
  };
}
