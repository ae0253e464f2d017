import { expect, test } from "vitest";
import { SweepStudy } from "../../contracts/sweep.ts";
import { TrainingRun } from "../../contracts/training-run.ts";
import { declare, only, valueOf } from "../../test/mocks.ts";
import { violations } from "../../test/pod-security.ts";
import { toldTo, wineTraining } from "../../test/trainings.ts";
import type { Sweep } from "./training-definition.ts";
import { TrainingJob } from "./training-job.ts";
import { TrainingSchedule } from "./training-schedule.ts";

const sweep: Sweep = {
  parallelism: 3,
  study: {
    schema: "isotherm.dev/sweep/v1",
    name: "wine",
    method: "tpe",
    trials: 12,
    seed: 42,
    metric: "accuracy",
    direction: "maximize",
    parameters: { hidden: { choice: [16, 32, 64] }, learning_rate: { logUniform: [1e-4, 1e-2] } },
  },
};

async function declareSweep(change: Partial<Sweep> = {}) {
  const { result, resources } = await declare(() => {
    const definition = wineTraining({ sweep: { ...sweep, ...change } });
    return new TrainingJob("train-wine", { ...definition, wait: true });
  });
  const job = only(resources, "kubernetes:batch/v1:Job", "train-wine");
  return { result, ...toldTo(job), spec: job.inputs["spec"] };
}

test("K-10 a sweep is an Indexed Job: one completion a trial, so many at once, retried each on its own", async () => {
  const { spec, pod } = await declareSweep();
  expect(spec).toMatchObject({
    completionMode: "Indexed",
    completions: 12,
    parallelism: 3,
    backoffLimitPerIndex: 3,
  });
  expect(spec).not.toHaveProperty("backoffLimit");
  expect(pod.containers[0]?.["command"]).toEqual(["node", "/app/cli.js", "sweep"]);
  expect(violations(pod)).toEqual([]);
});

test("K-10 its pods are told the study beside the run that its trials vary", async () => {
  const { study, run } = await declareSweep();
  expect(SweepStudy.parse(study)).toEqual(sweep.study);
  expect(TrainingRun.parse(run)).toMatchObject({ name: "wine", params: { hidden: 32 } });
});

test("another space is another Job; running more trials at once is not", async () => {
  const nameOf = async (change: Partial<Sweep>) =>
    valueOf((await declareSweep(change)).result.done);
  const first = await nameOf({});
  expect(first).toMatch(/^sweep-wine-[0-9a-f]{10}$/);
  expect(await nameOf({ parallelism: 6 })).toBe(first);
  expect(await nameOf({ study: { ...sweep.study, trials: 13 } })).not.toBe(first);
});

test("other retries replace a sweep's Job, as an Indexed Job in place cannot have them", async () => {
  const templateOf = async (retries: number) => {
    const { resources } = await declare(
      () => new TrainingJob("train-wine", { ...wineTraining({ sweep, retries }), wait: true }),
    );
    const { spec, metadata } = only(resources, "kubernetes:batch/v1:Job", "train-wine").inputs as {
      spec: { template: unknown };
      metadata: { name: string };
    };
    return { template: spec.template, name: metadata.name };
  };
  const [one, two] = [await templateOf(1), await templateOf(2)];
  expect(two.name).toBe(one.name);
  expect(two.template).not.toEqual(one.template);
});

test("a sweep can be scheduled: its pods share one study by the name of their Job", async () => {
  const { resources } = await declare(() => {
    const when = { schedule: "0 2 * * 0", timeZone: "Etc/UTC" };
    new TrainingSchedule("schedule-wine", { ...wineTraining({ sweep }), ...when });
  });
  const cronJob = only(resources, "kubernetes:batch/v1:CronJob", "schedule-wine");
  expect(cronJob.inputs["spec"]).toMatchObject({
    jobTemplate: { spec: { completionMode: "Indexed", completions: 12 } },
  });
  const { env } = toldTo(cronJob);
  expect(env.find(({ name }) => name === "ISOTHERM_JOB")).toHaveProperty("valueFrom.fieldRef");
});
