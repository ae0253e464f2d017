import { ModelRegistry } from "../components/registry/model-registry.ts";
import type { TrainingDefinition } from "../components/training/training-definition.ts";
import { sweepVariable } from "../contracts/sweep.ts";
import { trainingRunVariable } from "../contracts/training-run.ts";
import type { Declared } from "./mocks.ts";
import { podsOf, type Pod } from "./pod-security.ts";

const place = { environment: "dev", namespace: "isotherm-dev" };
const images = {
  postgres: "r/postgres:15",
  s3: "r/s3:1",
  mlflow: "r/mlflow:3",
  training: "r/training:1",
};

/** A training of wine beside a registry; to be called while mocks are set. */
export function wineTraining(change: Partial<TrainingDefinition> = {}): TrainingDefinition {
  const registry = new ModelRegistry("registry", {
    ...place,
    images,
    storage: { database: "1Gi", objects: "1Gi" },
    storageClass: undefined,
    protectData: false,
  });
  return {
    ...place,
    training: "wine",
    workload: "wine",
    params: { hidden: 32, steps: 200 },
    image: images.training,
    gitCommit: "c".repeat(40),
    registry,
    resources: {},
    ...change,
  };
}

export interface Variable {
  name: string;
  value?: string;
  valueFrom?: unknown;
}

/** What a training's pod is told, as the trainer reads it. */
export function toldTo(declared: Declared) {
  const [pod] = podsOf([declared]);
  if (pod === undefined) throw new Error(`${declared.name} has no pod`);
  const env = variablesOf(pod, 0);
  const json = (name: string): unknown =>
    JSON.parse(env.find((variable) => variable.name === name)?.value ?? "null");
  return { pod, env, run: json(trainingRunVariable), study: json(sweepVariable) };
}

/** Variables of a pod's container, those that initialise counted first. */
export function variablesOf(pod: Pod, container: number): readonly Variable[] {
  return (pod.containers[container]?.["env"] ?? []) as Variable[];
}
