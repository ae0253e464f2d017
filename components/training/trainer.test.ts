import { expect, test } from "vitest";
import { runContract } from "../../contracts/run-contract.ts";
import { TrainingRun } from "../../contracts/training-run.ts";
import { declare, only } from "../../test/mocks.ts";
import { violations } from "../../test/pod-security.ts";
import { toldTo, variablesOf, wineTraining } from "../../test/trainings.ts";
import type { TrainingDefinition } from "./training-definition.ts";
import { TrainingJob } from "./training-job.ts";
import { commitPaths } from "./training-pod.ts";

const image = `registry.example/scores@sha256:${"0".repeat(64)}`;
const scores: Partial<TrainingDefinition> = {
  training: "scores",
  workload: "scores",
  trainer: { image, command: ["python", "train.py"], metrics: { auc: "maximize" } },
  params: { depth: 3, balanced: true },
  dataSet: "clicks@2026-01",
};

async function declareScores(change: Partial<TrainingDefinition> = {}) {
  const { resources } = await declare(
    () =>
      new TrainingJob("train-scores", { ...wineTraining({ ...scores, ...change }), wait: true }),
  );
  const job = only(resources, "kubernetes:batch/v1:Job", "train-scores");
  const { pod, run } = toldTo(job);
  const mountsOf = (container: number) =>
    pod.containers[container]?.["volumeMounts"] as { mountPath: string; readOnly?: boolean }[];
  return { job, pod, run, mountsOf };
}

test("X-01 a trainer of one's own trains between our fetching of the data and our registering", async () => {
  const { pod, run } = await declareScores();
  expect(pod.containers.map(({ name, image: its, command }) => [name, its, command])).toEqual([
    ["fetch-data", "r/training:1", ["node", "/app/cli.js", "fetch-data"]],
    ["train", image, ["python", "train.py"]],
    ["collect", "r/training:1", ["node", "/app/cli.js", "collect"]],
  ]);
  expect(TrainingRun.parse(run)).toMatchObject({
    name: "scores",
    workload: "scores",
    trainer: { image, metrics: { auc: "maximize" } },
    dataSet: "clicks@2026-01",
    image: "r/training:1",
  });
  expect(violations(pod)).toEqual([]);
});

test("X-01 a trainer is told what the run contract says, and holds no credentials", async () => {
  const { pod } = await declareScores();
  const told = Object.fromEntries(variablesOf(pod, 1).map(({ name, value }) => [name, value]));
  const { variables } = runContract;
  expect(told).toEqual({
    [variables.params]: '{"balanced":true,"depth":3}',
    [variables.data]: "/isotherm/data",
    [variables.output]: "/isotherm/output",
    [variables.model]: "scores",
    HOME: "/tmp",
  });
});

test("X-01 what is fetched reaches the trainer, only to be read, and what it leaves reaches us", async () => {
  const { pod, mountsOf } = await declareScores();
  const placeOf = (container: number, variable: string) => {
    const folder = variablesOf(pod, container).find(({ name }) => name === variable)?.value;
    return mountsOf(container).find(({ mountPath }) => mountPath === folder);
  };
  const { data, output } = runContract.variables;
  expect(placeOf(0, data)).toMatchObject({ name: "data-set" });
  expect(placeOf(1, data)).toMatchObject({ name: "data-set", readOnly: true });
  expect(placeOf(1, output)).toMatchObject({ name: "output" });
  expect(placeOf(2, output)).toMatchObject({ name: "output", readOnly: true });
});

test("X-01 K-02 the GPU is the trainer's, and only ours may call input bad", async () => {
  const { job, pod } = await declareScores({ gpu: { nodeSelector: {}, mig: undefined } });
  const gpus = pod.containers.map(({ resources }) => JSON.stringify(resources).includes("gpu"));
  expect(gpus).toEqual([false, true, false]);
  expect(job.inputs["spec"]).toMatchObject({
    podFailurePolicy: {
      rules: [
        { action: "FailJob", onExitCodes: { containerName: "fetch-data", values: [2] } },
        { action: "FailJob", onExitCodes: { containerName: "collect", values: [2] } },
        { action: "Ignore" },
      ],
    },
  });
});

test("the commit is told where a change of it is ignored", async () => {
  const { job } = await declareScores();
  const { template } = job.inputs["spec"] as { template: { spec: Record<string, unknown> } };
  const told = JSON.stringify(template.spec).split("c".repeat(40)).length - 1;
  const paths = commitPaths({ trainer: scores.trainer });
  expect(paths).toEqual(["initContainers[0].env[0].value", "containers[0].env[0].value"]);
  expect(told).toBe(paths.length);
  expect(variablesOf({ ...toldTo(job).pod }, 0)[0]?.value).toContain("c".repeat(40));
  expect(variablesOf({ ...toldTo(job).pod }, 2)[0]?.value).toContain("c".repeat(40));
});

test("another image or command of the trainer is another Job", async () => {
  const nameOf = async (trainer: TrainingDefinition["trainer"]) =>
    ((await declareScores({ trainer })).job.inputs["metadata"] as { name: string }).name;
  const metrics = { auc: "maximize" } as const;
  const names = [
    await nameOf({ image, metrics }),
    await nameOf({ image, metrics, command: ["python", "other.py"] }),
    await nameOf({ image: "registry.example/scores:2", metrics }),
  ];
  expect(new Set(names).size).toBe(3);
});
