import type * as pulumi from "@pulumi/pulumi";
import type { ModelRegistry } from "../components/registry/model-registry.ts";
import type { Sweep, TrainingDefinition } from "../components/training/training-definition.ts";
import { TrainingJob } from "../components/training/training-job.ts";
import { TrainingSchedule } from "../components/training/training-schedule.ts";
import { gridSize } from "../contracts/sweep.ts";
import type { WorkloadDeclaration } from "../contracts/workload.ts";
import { declarations as ownWorkloads } from "../training-image/workloads/index.ts";
import { gpuRequest } from "./gpu-pools.ts";
import type { EnvironmentConfig } from "./schema.ts";
import type { SweepConfig, TrainingConfig } from "./training-schema.ts";

export interface TrainingsArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  registry: ModelRegistry;
  /** The training image. */
  image: string;
  gitCommit: string;
}

/** The trainings of an environment, each on its own. @returns the Jobs of this `up`, by training */
export function declareTrainings(
  { training: trainings, gpuPools }: Pick<EnvironmentConfig, "training" | "gpuPools">,
  args: TrainingsArgs,
  opts: pulumi.ComponentResourceOptions,
): Map<string, TrainingJob> {
  const jobs = new Map<string, TrainingJob>();
  for (const [training, config] of Object.entries(trainings)) {
    const definition = definitionOf(training, config, gpuPools, args);
    const { onUp, schedule, timeZone } = config;
    if (onUp !== "never") {
      const job = { ...definition, wait: onUp === "await" };
      jobs.set(training, new TrainingJob(`train-${training}`, job, opts));
    }
    if (schedule !== undefined && timeZone !== undefined) {
      const when = { ...definition, schedule, timeZone };
      new TrainingSchedule(`schedule-${training}`, when, opts);
    }
  }
  return jobs;
}

function definitionOf(
  training: string,
  config: TrainingConfig,
  gpuPools: EnvironmentConfig["gpuPools"],
  args: TrainingsArgs,
): TrainingDefinition {
  const { params, dataSet, volume, retries, deadline } = config;
  const gpu = gpuRequest(config.gpu, gpuPools);
  const declaration = ownWorkloads.find(
    ({ name }) => "workload" in config && name === config.workload,
  );
  const memory = config.resources.memory ?? (gpu === undefined ? declaration?.memory : undefined);
  const resources = { ...config.resources, memory };
  const common = {
    ...args,
    training,
    params,
    dataSet,
    resources,
    gpu,
    data: volume,
    retries,
    deadline,
  };
  if (!("workload" in config)) {
    const { image, command, metrics } = config;
    const trainer = { image, metrics, ...(command === undefined ? {} : { command }) };
    return { ...common, workload: training, trainer };
  }
  const { workload, sweep } = config;
  return {
    ...common,
    workload,
    ...(sweep && declaration ? { sweep: sweepOf(training, sweep, declaration) } : {}),
  };
}

/** The study that a sweep's pods share: what the stack file says, and the direction that the workload declares. */
export function sweepOf(
  name: string,
  { method, trials, parallelism, metric, seed, parameters, earlyStopping }: SweepConfig,
  declaration: WorkloadDeclaration,
): Sweep {
  const direction = declaration.metrics[metric]?.direction;
  const count = trials ?? gridSize(parameters);
  if (direction === undefined || count === undefined) {
    throw new TypeError(`the sweep of ${name} was not checked against ${declaration.name}`);
  }
  return {
    parallelism: Math.min(parallelism, count),
    study: {
      schema: "isotherm.dev/sweep/v1",
      name,
      method,
      trials: count,
      seed,
      metric,
      direction,
      parameters,
      ...(earlyStopping === undefined ? {} : { earlyStopping }),
    },
  };
}
