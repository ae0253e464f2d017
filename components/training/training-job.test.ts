import { expect, test } from "vitest";
import { TrainingRun } from "../../contracts/training-run.ts";
import { declare, only, valueOf } from "../../test/mocks.ts";
import { podsOf, violations } from "../../test/pod-security.ts";
import { ModelRegistry } from "../registry/model-registry.ts";
import { TrainingJob, type TrainingJobArgs } from "./training-job.ts";

const place = { environment: "dev", namespace: "isotherm-dev" };
const images = {
  postgres: "r/postgres:15",
  s3: "r/s3:1",
  mlflow: "r/mlflow:3",
  training: "r/training:1",
};

async function declareJob(change: Partial<TrainingJobArgs> = {}) {
  const { result, resources } = await declare(() => {
    const storage = { database: "1Gi", objects: "1Gi" };
    const registry = new ModelRegistry("registry", {
      ...place,
      images,
      storage,
      storageClass: undefined,
      protectData: false,
    });
    return new TrainingJob("train-wine", {
      ...place,
      training: "wine",
      workload: "wine",
      params: { hidden: 32, steps: 200 },
      image: images.training,
      gitCommit: "c".repeat(40),
      registry,
      wait: true,
      resources: {},
      ...change,
    });
  });
  const job = only(resources, "kubernetes:batch/v1:Job", "train-wine");
  const [pod] = podsOf([job]);
  if (pod === undefined) throw new Error("the Job has no pod");
  const env = pod.containers[0]?.["env"] as { name: string; value?: string }[];
  const run: unknown = JSON.parse(
    env.find(({ name }) => name === "ISOTHERM_TRAINING_RUN")?.value ?? "null",
  );
  return {
    result,
    job,
    pod,
    env,
    run,
    metadata: job.inputs["metadata"] as { name: string; annotations?: object },
  };
}

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
  const name = async (change = {}) => (await declareJob(change)).metadata.name;
  const first = await name();
  expect(first).toMatch(/^train-wine-[0-9a-f]{10}$/);
  expect(await name({ params: { steps: 200, hidden: 32 } })).toBe(first);
  expect(await name({ params: { hidden: 33, steps: 200 } })).not.toBe(first);
  expect(await name({ image: "r/training:2" })).not.toBe(first);
});

test("a new commit alone does not train again", async () => {
  const name = async (gitCommit: string) => (await declareJob({ gitCommit })).metadata.name;
  expect(await name("a".repeat(40))).toBe(await name("b".repeat(40)));
});

test("its pod passes Pod Security restricted and holds no credentials in the clear", async () => {
  const { pod, env } = await declareJob();
  expect(violations(pod)).toEqual([]);
  expect(pod.spec["automountServiceAccountToken"]).toBe(false);
  expect(env.find(({ name }) => name === "AWS_SECRET_ACCESS_KEY")).toEqual({
    name: "AWS_SECRET_ACCESS_KEY",
    valueFrom: { secretKeyRef: { name: "registry-s3-credentials-auto", key: "secretAccessKey" } },
  });
});

test("`up` waits for the Job only where it is told to", async () => {
  expect((await declareJob()).metadata.annotations).toBeUndefined();
  const { metadata, result } = await declareJob({ wait: false });
  expect(metadata.annotations).toEqual({ "pulumi.com/skipAwait": "true" });
  expect(await valueOf(result.done)).toBe(result.jobName);
});

test("bad input fails the Job at once, and any other failure is tried again", async () => {
  const { job, pod } = await declareJob();
  const spec = job.inputs["spec"] as { backoffLimit: number; podFailurePolicy: unknown };
  expect(spec.backoffLimit).toBe(3);
  expect(spec.podFailurePolicy).toEqual({
    rules: [
      {
        action: "FailJob",
        onExitCodes: { containerName: pod.containers[0]?.["name"], operator: "In", values: [2] },
      },
    ],
  });
  // Kubernetes takes such a policy only where a failed container is not started anew in its pod.
  expect(pod.spec["restartPolicy"]).toBe("Never");
});
