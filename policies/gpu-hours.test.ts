import { describe, expect, test } from "vitest";
import { TrainingJob } from "../components/training/training-job.ts";
import { TrainingSchedule } from "../components/training/training-schedule.ts";
import type { SweepStudy } from "../contracts/sweep.ts";
import { declare } from "../test/mocks.ts";
import { wineTraining } from "../test/trainings.ts";
import { gpuHours } from "./gpu-hours.ts";
import { isUnknown, stackViolations, unknown } from "./testing/ask.ts";
import { object, running } from "./testing/objects.ts";

const gpu = { resources: { limits: { "nvidia.com/gpu": "1" } } };
const job = (activeDeadlineSeconds?: unknown, more: object = {}) =>
  object("Job", "heat", { spec: { activeDeadlineSeconds, ...running(gpu), ...more } });
const scheduled = (activeDeadlineSeconds?: number) =>
  object("CronJob", "nightly", {
    spec: { jobTemplate: { spec: { activeDeadlineSeconds, ...running(gpu) } } },
  });
const under = (hours: number) => ({ config: { hours } });

describe("gpu-hours", () => {
  test("without a budget any number passes", async () => {
    expect(await stackViolations(gpuHours, [job(), scheduled()])).toEqual([]);
  });

  test("exactly the budget passes, a second more does not", async () => {
    expect(await stackViolations(gpuHours, [job(3_600), scheduled(3_600)], under(2))).toEqual([]);
    expect(await stackViolations(gpuHours, [job(3_600), scheduled(7_200)], under(2))).toEqual([
      "the Jobs may take 3.0 GPU hours, the budget is 2",
    ]);
  });

  test("trials that run at the same time count each", async () => {
    expect(await stackViolations(gpuHours, [job(3_600, { parallelism: 4 })], under(3))).toEqual([
      "the Jobs may take 4.0 GPU hours, the budget is 3",
    ]);
  });

  test("a GPU without a deadline has no bound, which is refused under a budget", async () => {
    expect(await stackViolations(gpuHours, [job(), scheduled()], under(1_000))).toEqual([
      "Job heat: asks for a GPU without a deadline, so that its hours have no bound; set the training's deadline",
      "CronJob nightly: asks for a GPU without a deadline, so that its hours have no bound; set the training's deadline",
    ]);
  });

  test("what a stack file's deadline becomes is what counts, for a sweep times its parallel trials", async () => {
    const { resources } = await declare(() => {
      const gpu = { nodeSelector: {}, mig: undefined };
      const definition = wineTraining({ gpu, deadline: 7_200 });
      const sweep = { study: { trials: 9 } as SweepStudy, parallelism: 3 };
      new TrainingJob("once", { ...definition, wait: true });
      new TrainingJob("many", { ...definition, sweep, wait: true });
      new TrainingSchedule("nightly", { ...definition, schedule: "0 2 * * *", timeZone: "UTC" });
    });
    const asked = resources.map(({ type, name, inputs }) => ({ type, name, props: inputs }));
    expect(await stackViolations(gpuHours, asked, under(10))).toEqual([]);
    expect(await stackViolations(gpuHours, asked, under(9))).toEqual([
      "the Jobs may take 10.0 GPU hours, the budget is 9",
    ]);
  });

  test("a Job without a GPU needs no deadline", async () => {
    const plain = object("Job", "wine", { spec: running({}) });
    expect(await stackViolations(gpuHours, [plain], under(0))).toEqual([]);
  });

  test("a deadline that is not known yet is told, and the others judged", async () => {
    expect(await stackViolations(gpuHours, [job(unknown.number), scheduled()], under(1))).toEqual([
      expect.stringContaining("CronJob nightly"),
      expect.stringMatching(isUnknown),
    ]);
  });
});
