import type * as pulumi from "@pulumi/pulumi";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { buckets, keys } from "../../contracts/names.ts";
import type { SweepStudy } from "../../contracts/sweep.ts";
import type { Trainer, TrainingRun } from "../../contracts/training-run.ts";
import { objectLabels, type Labels } from "../foundation/labels.ts";
import type { GpuRequest } from "../gpu/gpu.ts";
import type { ModelRegistry } from "../registry/model-registry.ts";
import type { DataVolume, TrainingResources } from "./training-resources.ts";

/** What is trained, on what, and where: the same for a Job of its own and for one that a schedule makes. */
export interface TrainingDefinition {
  /** Name of the training definition; the model it makes has the same name. */
  training: string;
  /** A workload of the training image; with `trainer`, the name that lineage shows for it. */
  workload: string;
  /** Trains instead of a workload: any image that keeps the run contract. */
  trainer?: Trainer | undefined;
  /** All parameters, defaults included: another value makes another run. */
  params: Readonly<Record<string, string | number | boolean>>;
  /** A data set in the environment's bucket, `name@version`. @default the workload's own; a `trainer` has none */
  dataSet?: string | undefined;
  /** A search over parameters in place of a single run. Plain, because it decides how many pods there are. */
  sweep?: Sweep | undefined;
  environment: string;
  namespace: pulumi.Input<string>;
  /** The training image. */
  image: string;
  /** Commit of the sources, for lineage; it does not decide whether to train again. */
  gitCommit: string;
  registry: ModelRegistry;
  resources: TrainingResources;
  /** One GPU. @default none */
  gpu?: GpuRequest | undefined;
  /** A volume at /data. @default none, with a GPU one of 20Gi */
  data?: DataVolume | undefined;
  /** Seconds that the Job may take, waiting and retries included; then it is ended as failed. @default no bound */
  deadline?: number | undefined;
  /** How often a pod that failed is tried again; in a sweep, that of each trial. @default 3 */
  retries?: number | undefined;
}

export interface Sweep {
  study: SweepStudy;
  /** How many trials run at the same time. */
  parallelism: number;
}

/** What the trainer is told, but for the commit. */
export function trainingRun(definition: TrainingDefinition): Omit<TrainingRun, "gitCommit"> {
  const { training, workload, trainer, params, dataSet, environment, image, registry } = definition;
  return {
    schema: "isotherm.dev/training-run/v1",
    name: training,
    workload,
    ...(trainer === undefined ? {} : { trainer }),
    params,
    ...(dataSet === undefined ? {} : { dataSet }),
    environment,
    image,
    registry: registry.url,
    objects: {
      endpoint: registry.objects.endpoint,
      region: registry.objects.region,
      bucket: buckets.releases,
    },
  };
}

/** Ten digits that say what goes into a training: the same digits never train twice. */
export function definitionHash(definition: TrainingDefinition): string {
  const run = trainingRun(definition);
  const { sweep } = definition;
  // How many trials run at once changes nothing about what comes out.
  const whole = sweep === undefined ? run : { ...run, sweep: sweep.study };
  return sha256Hex(canonicalJson(whole)).slice(0, 10);
}

export function trainingLabels({
  training,
  environment,
}: Pick<TrainingDefinition, "training" | "environment">): Labels {
  return {
    ...objectLabels({ name: "training", instance: training, component: "training", environment }),
    [keys.model]: training,
  };
}
