import { expect, test } from "vitest";
import { ModelRegistry } from "../components/registry/model-registry.ts";
import { SweepStudy } from "../contracts/sweep.ts";
import { TrainingRun } from "../contracts/training-run.ts";
import { declare, type Declared } from "../test/mocks.ts";
import { toldTo } from "../test/trainings.ts";
import { readTrainingConfig } from "../training-image/run/config.ts";
import { readSweepConfig } from "../training-image/sweep/config.ts";
import { declarations } from "../training-image/workloads/index.ts";
import { parseConfig } from "./config.ts";
import type { EnvironmentConfig } from "./schema.ts";
import { declareTrainings } from "./trainings.ts";

// From a stack file's text to the Jobs it becomes. Mistakes in it: training-config.test.ts; the Jobs in detail: beside
// the components.

const image = `registry.example/scores@sha256:${"0".repeat(64)}`;

async function declareAll(training: Record<string, unknown>, gpuPools: object = {}) {
  const config = parseConfig({
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    "isotherm:images": { training: "r/training-cuda:1" },
    "isotherm:gpuPools": gpuPools,
    "isotherm:training": training,
  }) as EnvironmentConfig;
  const { result, resources } = await declare(() => {
    const place = { environment: "dev", namespace: "isotherm-dev" };
    const registry = new ModelRegistry("registry", {
      ...place,
      images: { postgres: "r/postgres:15", s3: "r/s3:1", mlflow: "r/mlflow:3", training: "r/t:1" },
      storage: { database: "1Gi", objects: "1Gi" },
      storageClass: undefined,
      protectData: false,
    });
    return declareTrainings(
      config,
      { ...place, registry, image: "r/t:1", gitCommit: "c".repeat(40) },
      {},
    );
  });
  const ofTraining = ({ inputs }: Declared) =>
    (inputs["metadata"] as { labels?: Record<string, string> } | undefined)?.labels?.[
      "app.kubernetes.io/component"
    ] === "training";
  // Resources that wait for nothing of each other are declared in any order.
  const objects = resources.filter(ofTraining).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { jobs: result, objects };
}

/** Variables as the trainer finds them; those that come from a Secret have some value. */
const environmentOf = (object: Declared) =>
  Object.fromEntries(
    toldTo(object).env.map(({ name, value }) => [name, value ?? "from-elsewhere"]),
  );

const shown = (objects: readonly Declared[]) =>
  objects.map(({ type, name }) => [type.split(":").at(-1), name]);

test("T-07 several definitions train in parallel: a Job each, which differ in what they say", async () => {
  const at = (learning_rate: number) => ({ workload: "wine", params: { learning_rate } });
  const { objects, jobs } = await declareAll({ slow: at(0.0002), fast: at(0.0003) });
  expect(shown(objects)).toEqual([
    ["Job", "train-fast"],
    ["Job", "train-slow"],
  ]);
  const runs = objects.map((object) => TrainingRun.parse(toldTo(object).run));
  expect(runs.map(({ name, params }) => [name, params["learning_rate"]])).toEqual([
    ["fast", 0.0003],
    ["slow", 0.0002],
  ]);
  expect([...jobs.keys()]).toEqual(["slow", "fast"]);
});

test("a training requests what the stack file says, else what its workload declares, else what all do", async () => {
  const { objects } = await declareAll({
    plain: { workload: "wine" },
    hot: { workload: "heat" },
    told: { workload: "heat", resources: { memory: "2Gi" } },
    card: { workload: "heat", gpu: {} },
  });
  const memory = objects.map((object) => [
    object.name,
    (toldTo(object).pod.containers[0]?.["resources"] as { requests: { memory: string } }).requests
      .memory,
  ]);
  expect(memory).toEqual([
    ["train-card", "8Gi"],
    ["train-hot", "768Mi"],
    ["train-plain", "512Mi"],
    ["train-told", "2Gi"],
  ]);
});

test("K-03 what is scheduled is a CronJob, beside the Job of this `up` unless that is never", async () => {
  const nightly = { workload: "wine", schedule: "0 2 * * *", timeZone: "Europe/Helsinki" };
  const { objects, jobs } = await declareAll({
    both: nightly,
    nights: { ...nightly, onUp: "never" },
    neither: { workload: "wine", onUp: "never" },
  });
  expect(shown(objects)).toEqual([
    ["CronJob", "schedule-both"],
    ["CronJob", "schedule-nights"],
    ["Job", "train-both"],
  ]);
  expect([...jobs.keys()]).toEqual(["both"]);
});

test("G-06 an edit of the data set's version is another Job; anything else stays the same one", async () => {
  const nameOf = async (dataSet?: string, more = {}) => {
    const wine = { workload: "wine", ...(dataSet === undefined ? {} : { dataSet }), ...more };
    return (await declareAll({ wine })).jobs.get("wine")?.jobName;
  };
  const first = await nameOf("wine@2026-01");
  expect(await nameOf("wine@2026-02")).not.toBe(first);
  expect(await nameOf("wine@2026-01", { retries: 1, onUp: "start" })).toBe(first);
});

test("what a Job is told is what the training image reads, heat's parameters too", async () => {
  const { objects } = await declareAll({
    heat: { workload: "heat", params: { layers: 4, width: 64, steps: 2000 } },
    scores: { image, metrics: { auc: "maximize" }, dataSet: "clicks@1", params: { deep: true } },
    wine: { workload: "wine", dataSet: "wine@2026-01" },
  });
  const read = objects.map((object) => readTrainingConfig(environmentOf(object), declarations));
  expect(read.map(({ run, parameters, job }) => [run.name, run.dataSet, parameters, job])).toEqual([
    [
      "heat",
      undefined,
      expect.objectContaining({ layers: 4, width: 64, steps: 2000, conditions: "hard" }),
      expect.stringMatching(/^train-heat-/),
    ],
    ["scores", "clicks@1", {}, expect.stringMatching(/^train-scores-/)],
    [
      "wine",
      "wine@2026-01",
      expect.objectContaining({ hidden: 32 }),
      expect.stringMatching(/^train-wine-/),
    ],
  ]);
});

test("G-17 a training in a pool goes to the pool's nodes and asks for what its cards are", async () => {
  const wine = (pool: string, more = {}) => ({ workload: "wine", gpu: { pool, ...more } });
  const { objects } = await declareAll(
    { rtx: wine("rtx"), part: wine("a100"), any: wine("any"), none: wine("rtx", { count: 0 }) },
    {
      rtx: { card: "quadro-rtx-8000" },
      a100: { card: "a100-80gb", mig: "1g.10gb", nodeSelector: { gpu: "a100" } },
    },
  );
  const asked = objects.map((object) => {
    const { pod } = toldTo(object);
    const { limits } = pod.containers[0]?.["resources"] as { limits: object };
    return [
      object.name,
      pod.spec["nodeSelector"],
      Object.keys(limits).filter((key) => key.includes("nvidia")),
    ];
  });
  expect(asked).toEqual([
    ["train-any", undefined, ["nvidia.com/gpu"]],
    ["train-none", undefined, []],
    ["train-part", { gpu: "a100" }, ["nvidia.com/mig-1g.10gb"]],
    ["train-rtx", { "isotherm.dev/pool": "rtx" }, ["nvidia.com/gpu"]],
  ]);
});

test("a training's deadline is that of its Job and of each Job of its schedule", async () => {
  const { objects } = await declareAll({
    wine: { workload: "wine", schedule: "0 2 * * *", timeZone: "Etc/UTC", deadline: "90m" },
  });
  const [cronJob, job] = objects.map(({ inputs }) => inputs["spec"]);
  expect(cronJob).toMatchObject({ jobTemplate: { spec: { activeDeadlineSeconds: 5_400 } } });
  expect(job).toMatchObject({ activeDeadlineSeconds: 5_400 });
});

test("K-10 a sweep's study has the direction that the workload declares, and all of a grid's combinations", async () => {
  const { objects } = await declareAll({
    wine: {
      workload: "wine",
      sweep: {
        method: "grid",
        metric: "log_loss",
        parallelism: 50,
        parameters: { hidden: { choice: [16, 32] }, seed: { integer: [1, 3] } },
        earlyStopping: {},
      },
    },
  });
  const [job] = objects;
  if (job === undefined) throw new Error("there is no Job");
  expect(SweepStudy.parse(toldTo(job).study)).toEqual({
    schema: "isotherm.dev/sweep/v1",
    name: "wine",
    method: "grid",
    trials: 6,
    seed: 42,
    metric: "log_loss",
    direction: "minimize",
    parameters: { hidden: { choice: [16, 32] }, seed: { integer: [1, 3] } },
    earlyStopping: { metric: "loss", minTrials: 5, afterSteps: 100 },
  });
  expect(job.inputs["spec"]).toMatchObject({ completions: 6, parallelism: 6 });
  expect(readSweepConfig(environmentOf(job), declarations).study.trials).toBe(6);
});

test("X-01 a trainer of one's own is a Job that runs its image", async () => {
  const { objects } = await declareAll({
    scores: {
      image,
      command: ["python", "train.py"],
      metrics: { auc: "maximize" },
      dataSet: "clicks@1",
    },
  });
  const [job] = objects;
  if (job === undefined) throw new Error("there is no Job");
  expect(TrainingRun.parse(toldTo(job).run)).toMatchObject({
    name: "scores",
    trainer: { image, command: ["python", "train.py"], metrics: { auc: "maximize" } },
  });
  expect(toldTo(job).pod.containers.map((container) => container["image"])).toContain(image);
});
