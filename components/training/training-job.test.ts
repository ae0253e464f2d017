import { expect, test } from "vitest";
import { TrainingRun } from "../../contracts/training-run.ts";
import { declare, only, valueOf } from "../../test/mocks.ts";
import { violations } from "../../test/pod-security.ts";
import { toldTo, wineTraining } from "../../test/trainings.ts";
import { TrainingJob, type TrainingJobArgs } from "./training-job.ts";

async function declareJob(change: Partial<TrainingJobArgs> = {}) {
  const { result, resources } = await declare(
    () => new TrainingJob("train-wine", { ...wineTraining(change), wait: change.wait ?? true }),
  );
  const job = only(resources, "kubernetes:batch/v1:Job", "train-wine");
  return {
    result,
    job,
    ...toldTo(job),
    spec: job.inputs["spec"] as Record<string, unknown>,
    metadata: job.inputs["metadata"] as { name: string; annotations?: object },
  };
}

const nameOf = async (change: Partial<TrainingJobArgs> = {}) =>
  (await declareJob(change)).metadata.name;

test("a training Job is told a run that the trainer understands", async () => {
  const { run } = await declareJob();
  expect(TrainingRun.parse(run)).toEqual({
    schema: "isotherm.dev/training-run/v1",
    name: "wine",
    workload: "wine",
    params: { hidden: 32, steps: 200 },
    environment: "dev",
    gitCommit: "c".repeat(40),
    image: "r/training:1",
    registry: "http://mlflow:5000",
    objects: { endpoint: "http://s3:7070", region: "us-east-1", bucket: "isotherm" },
  });
});

test("a Job's name says what goes into it: other parameters or another image make another Job", async () => {
  const first = await nameOf();
  expect(first).toMatch(/^train-wine-[0-9a-f]{10}$/);
  expect(await nameOf({ params: { steps: 200, hidden: 32 } })).toBe(first);
  expect(await nameOf({ params: { hidden: 33, steps: 200 } })).not.toBe(first);
  expect(await nameOf({ image: "r/training:2" })).not.toBe(first);
});

test("G-06 a new version of the data set makes a new Job, which trains on it", async () => {
  const first = await nameOf({ dataSet: "wine@2026-01" });
  expect(await nameOf({ dataSet: "wine@2026-01" })).toBe(first);
  expect(await nameOf({ dataSet: "wine@2026-02" })).not.toBe(first);
  expect(await nameOf()).not.toBe(first);
  const { run } = await declareJob({ dataSet: "wine@2026-02" });
  expect(TrainingRun.parse(run).dataSet).toBe("wine@2026-02");
});

test("a new commit alone does not train again, nor do other resources", async () => {
  const first = await nameOf({ gitCommit: "a".repeat(40) });
  expect(await nameOf({ gitCommit: "b".repeat(40) })).toBe(first);
  expect(await nameOf({ resources: { memory: "2Gi" } })).toBe(first);
});

test("its pod passes Pod Security restricted and holds no credentials in the clear", async () => {
  const { pod, env } = await declareJob();
  expect(violations(pod)).toEqual([]);
  expect(pod.spec["automountServiceAccountToken"]).toBe(false);
  expect(env.find(({ name }) => name === "AWS_SECRET_ACCESS_KEY")).toEqual({
    name: "AWS_SECRET_ACCESS_KEY",
    valueFrom: { secretKeyRef: { name: "registry-s3-training-auto", key: "secretAccessKey" } },
  });
});

test("`up` waits for the Job only where it is told to", async () => {
  expect((await declareJob()).metadata.annotations).toBeUndefined();
  const { metadata, result } = await declareJob({ wait: false });
  expect(metadata.annotations).toEqual({ "pulumi.com/skipAwait": "true" });
  expect(await valueOf(result.done)).toBe(result.jobName);
});

test("a deadline ends the Job, retries and all, and is no reason to train again", async () => {
  expect((await declareJob()).spec).not.toHaveProperty("activeDeadlineSeconds");
  const { spec, metadata } = await declareJob({ deadline: 43_200 });
  expect(spec["activeDeadlineSeconds"]).toBe(43_200);
  expect(metadata.name).toBe(await nameOf());
});

test("bad input fails the Job at once, a drained node counts for nothing, all else is tried again", async () => {
  const { spec, pod } = await declareJob();
  expect(spec["backoffLimit"]).toBe(3);
  expect(spec["podFailurePolicy"]).toEqual({
    rules: [
      {
        action: "FailJob",
        onExitCodes: { containerName: pod.containers[0]?.["name"], operator: "In", values: [2] },
      },
      { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    ],
  });
  // Kubernetes takes such a policy only where a failed container is not started anew in its pod.
  expect(pod.spec["restartPolicy"]).toBe("Never");
});

test("T-07 runs that differ in a learning rate are Jobs of their own, and none waits for another", async () => {
  const rates = { "wine-slow": 0.0002, "wine-fast": 0.0003 };
  const waitsFor = new Map<string, string[]>();
  const { resources } = await declare(() => {
    const shared = wineTraining();
    for (const [training, learning_rate] of Object.entries(rates)) {
      const args = { ...shared, training, params: { ...shared.params, learning_rate }, wait: true };
      new TrainingJob(`train-${training}`, args, {
        transformations: [
          ({ type, name, opts }) => {
            const dependsOn = [opts.dependsOn ?? []].flat() as TrainingJob[];
            if (type.endsWith(":Job")) {
              waitsFor.set(
                name,
                dependsOn.map((one) => one.constructor.name),
              );
            }
            return undefined;
          },
        ],
      });
    }
  });
  const jobs = resources.filter(({ type }) => type === "kubernetes:batch/v1:Job");
  const runs = jobs
    .filter(({ name }) => name.startsWith("train-"))
    .map((job) => TrainingRun.parse(toldTo(job).run));
  const learned = runs.map(({ name, params }) => [name, params["learning_rate"]]);
  expect(Object.fromEntries(learned)).toEqual(rates);
  expect(Object.fromEntries(waitsFor)).toEqual({
    "train-wine-slow": ["ModelRegistry"],
    "train-wine-fast": ["ModelRegistry"],
  });
});
