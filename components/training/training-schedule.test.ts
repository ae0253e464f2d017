import { expect, test } from "vitest";
import { TrainingRun } from "../../contracts/training-run.ts";
import { declare, only, valueOf } from "../../test/mocks.ts";
import { violations } from "../../test/pod-security.ts";
import { toldTo, wineTraining } from "../../test/trainings.ts";
import type { TrainingDefinition } from "./training-definition.ts";
import { TrainingJob } from "./training-job.ts";
import { TrainingSchedule } from "./training-schedule.ts";

async function declareSchedule(change: Partial<TrainingDefinition> = {}) {
  const { result, resources } = await declare(() => {
    const when = { schedule: "0 2 * * *", timeZone: "Europe/Helsinki" };
    const definition = wineTraining(change);
    new TrainingJob("train-wine", { ...definition, wait: true });
    return new TrainingSchedule("schedule-wine", { ...definition, ...when });
  });
  const cronJob = only(resources, "kubernetes:batch/v1:CronJob", "schedule-wine");
  const job = only(resources, "kubernetes:batch/v1:Job", "train-wine");
  return { result, cronJob, job, ...toldTo(cronJob) };
}

test("K-03 a schedule is a CronJob with an explicit time zone, without overlap, with history 3/3", async () => {
  const { cronJob, result } = await declareSchedule();
  const { jobTemplate, ...spec } = cronJob.inputs["spec"] as Record<string, unknown>;
  expect(spec).toEqual({
    schedule: "0 2 * * *",
    timeZone: "Europe/Helsinki",
    concurrencyPolicy: "Forbid",
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
  });
  expect(jobTemplate).toMatchObject({ spec: { backoffLimit: 3 } });
  expect(await valueOf(result.cronJobName)).toBe("train-wine");
});

test("each Job of a schedule has the deadline of the training", async () => {
  const { cronJob } = await declareSchedule({ deadline: 3_600 });
  expect(cronJob.inputs["spec"]).toMatchObject({
    jobTemplate: { spec: { activeDeadlineSeconds: 3_600 } },
  });
});

test("G-06 each time is a run of its own: the pod knows its Job by the Job's label", async () => {
  const { env } = await declareSchedule();
  expect(env.find(({ name }) => name === "ISOTHERM_JOB")).toEqual({
    name: "ISOTHERM_JOB",
    valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
  });
});

test("a scheduled run is the run that the Job of the same definition makes, and as safe", async () => {
  const { run, job, pod } = await declareSchedule({ dataSet: "wine@2026-01" });
  expect(TrainingRun.parse(run)).toEqual(TrainingRun.parse(toldTo(job).run));
  expect(violations(pod)).toEqual([]);
});

test("the CronJob keeps its name when the definition changes: one schedule, not two", async () => {
  const before = await declareSchedule();
  const after = await declareSchedule({ params: { hidden: 64, steps: 200 } });
  expect(await valueOf(after.result.cronJobName)).toBe(await valueOf(before.result.cronJobName));
});
