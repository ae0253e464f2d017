import * as pulumi from "@pulumi/pulumi";
import { Command } from "commander";
import { expect, test } from "vitest";
import { declare, only } from "../../test/mocks.ts";
import { podsOf, violations } from "../../test/pod-security.ts";
import { wineTraining } from "../../test/trainings.ts";
import { batchInferCommand } from "../../training-image/commands/batch-infer.ts";
import type { Surroundings } from "../../training-image/commands/surroundings.ts";
import { BatchInference, type BatchInferenceArgs } from "./batch-inference.ts";

const release = "a".repeat(64);

async function declareBatch(change: Partial<BatchInferenceArgs> = {}) {
  const { resources } = await declare(() => {
    const { environment, namespace, image, registry } = wineTraining();
    new BatchInference("batch-monthly", {
      batch: "monthly",
      model: "wine",
      release: pulumi.output(release),
      dataSet: "cellar@2026-01",
      format: "csv",
      keep: ["id", "shelf"],
      environment,
      namespace,
      image,
      registry,
      resources: { cpu: "500m", memory: "512Mi" },
      retries: 3,
      onUp: "start",
      ...change,
    });
  });
  return resources.filter(({ name }) => name.startsWith("batch-monthly"));
}

async function declareJob(change: Partial<BatchInferenceArgs> = {}) {
  const job = only(await declareBatch(change), "kubernetes:batch/v1:Job", "batch-monthly");
  const [pod] = podsOf([job]);
  const container = pod?.containers[0];
  if (pod === undefined || container === undefined) throw new Error("the Job runs nothing");
  return {
    pod,
    container,
    spec: job.inputs["spec"],
    metadata: job.inputs["metadata"] as { name: string; annotations?: object },
  };
}

test("B-01 a batch is a Job that asks a release, by its digest, about a version of a data set", async () => {
  const { pod, container, spec } = await declareJob();
  expect(container["image"]).toBe("r/training:1");
  expect([container["command"], container["args"]].flat()).toEqual([
    ...["node", "/app/cli.js", "batch-infer"],
    ...["--endpoint", "http://s3:7070", "--region", "us-east-1", "--bucket", "isotherm"],
    ...["--release", release, "--data", "cellar@2026-01", "--format", "csv", "--keep", "id,shelf"],
  ]);
  expect(spec).toMatchObject({ backoffLimit: 3 });
  expect(violations(pod)).toEqual([]);
});

test("B-01 the image's command knows every option that the Job gives it", async () => {
  const { container } = await declareJob();
  const command = batchInferCommand({} as Surroundings).exitOverride();
  let options: unknown;
  command.action((given: unknown) => {
    options = given;
  });
  await new Command()
    .addCommand(command)
    .parseAsync(["batch-infer", ...(container["args"] as string[])], {
      from: "user",
    });
  expect(options).toMatchObject({
    endpoint: "http://s3:7070",
    bucket: "isotherm",
    release,
    data: "cellar@2026-01",
    format: "csv",
    keep: ["id", "shelf"],
  });
});

test("B-01 another release or data set is another Job; other resources are not", async () => {
  const nameOf = async (change: Partial<BatchInferenceArgs>) =>
    (await declareJob(change)).metadata.name;
  const first = await nameOf({});
  expect(first).toMatch(/^batch-monthly-[0-9a-f]{10}$/);
  expect(await nameOf({ resources: { cpu: "1", memory: "1Gi" } })).toBe(first);
  expect(await nameOf({ release: "b".repeat(64) })).not.toBe(first);
  expect(await nameOf({ dataSet: "cellar@2026-02" })).not.toBe(first);
});

test("B-01 with a schedule it is a CronJob too, or alone, never twice at the same time", async () => {
  const schedule = { cron: "0 4 1 * *", timeZone: "Europe/Helsinki" };
  const both = await declareBatch({ schedule });
  expect(both.map(({ type }) => type.split(":").at(-1)).sort()).toEqual([
    "BatchInference",
    "CronJob",
    "Job",
  ]);
  const alone = await declareBatch({ schedule, onUp: "never" });
  const cronJob = only(alone, "kubernetes:batch/v1:CronJob", "batch-monthly-schedule");
  expect(alone).toHaveLength(2);
  expect(cronJob.inputs["spec"]).toMatchObject({
    schedule: "0 4 1 * *",
    timeZone: "Europe/Helsinki",
    concurrencyPolicy: "Forbid",
  });
  expect(podsOf([cronJob]).flatMap(violations)).toEqual([]);
});

test("`up` waits for a batch only where it is told to", async () => {
  expect((await declareJob({ onUp: "await" })).metadata.annotations).toBeUndefined();
  expect((await declareJob()).metadata.annotations).toEqual({ "pulumi.com/skipAwait": "true" });
});
