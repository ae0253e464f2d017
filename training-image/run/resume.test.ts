import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buckets } from "../../contracts/names.ts";
import { expectOneOfEverything } from "../testing/expectations.ts";
import { FakePlatform } from "../testing/platform.ts";
import { stubData, stubWorkload } from "../testing/stub-workload.ts";
import { DivergedError } from "../workloads/errors.ts";
import type { Checkpoint, Workload } from "../workloads/workload.ts";
import { attempt } from "./attempt.ts";
import type { TrainingConfig } from "./config.ts";

/** What attempts of a Job know of each other's steps, against fakes of the servers. */
let platform: FakePlatform;
beforeEach(async () => void (platform = await new FakePlatform().start()));
afterEach(() => platform.stop());

const stored = () => [...platform.s3.objects.keys()].filter((key) => key.includes("/checkpoints/"));
const onlyRun = () => {
  expect(platform.mlflow.runs.size).toBe(1);
  return platform.mlflow.runs.values().next().value!;
};

/** Takes three steps, and goes on from a checkpoint; `after` is called when a step was told and its checkpoint offered. */
function stepping(made: number[], after: (step: number) => void = () => {}): Workload {
  const stub = stubWorkload();
  return {
    ...stub,
    async train(data, context) {
      const trained = await stub.train(data, { ...context, progress: () => {} });
      const last: Checkpoint | undefined = await context.checkpoints.last();
      for (let step = (last?.step ?? 0) + 1; step <= 3; step++) {
        context.signal.throwIfAborted();
        made.push(step);
        context.progress(step, { loss: [10 - step] });
        await context.checkpoints.offer({ step, vectors: { parameters: Float32Array.of(step) } });
        after(step);
      }
      return trained;
    },
  };
}
const go = (
  workload: Workload,
  services = platform.services(),
  changes: Partial<TrainingConfig> = {},
) => attempt(services, platform.config(changes), workload, async () => stubData);
const dieAt = (step: number) => (made: number) => {
  if (made === step) throw new Error("died");
};

describe("another attempt at a training Job", () => {
  it("T-08 makes only the steps that were not made, and leaves one curve and no checkpoint", async () => {
    const made: number[] = [];
    await expect(go(stepping(made, dieAt(2)))).rejects.toThrow("died");
    expect(stored().length).toBeGreaterThan(0);
    await go(stepping(made));
    expect(made).toEqual([1, 2, 3]);
    const losses = [...onlyRun().metrics.values()].filter(({ key }) => key === "loss");
    expect(losses.map(({ step, value }) => [step, value])).toEqual([
      [1, 9],
      [2, 8],
      [3, 7],
    ]);
    expect(stored()).toEqual([]);
    await expectOneOfEverything(platform);
  });

  it("T-08 goes on from a checkpoint that was not due when the first one failed", async () => {
    const made: number[] = [];
    const rarely = { checkpoints: { seconds: 3600 } };
    await expect(go(stepping(made, dieAt(2)), undefined, rarely)).rejects.toThrow("died");
    await go(stepping(made), undefined, rarely);
    expect(made).toEqual([1, 2, 3]);
  });

  it.each<[string, Partial<TrainingConfig>]>([
    ["other parameters", { parameters: { steps: 2 } }],
    ["another image", {}],
  ])("with %s starts anew", async (what, changes) => {
    const made: number[] = [];
    await expect(go(stepping(made, dieAt(2)))).rejects.toThrow("died");
    const image = what === "another image" ? { run: platform.run({ image: "training:2" }) } : {};
    onlyRun().params.clear();
    await go(stepping(made), undefined, { ...changes, ...image });
    expect(made).toEqual([1, 2, 1, 2, 3]);
    expect(platform.lines.join()).toContain("it was made by other code, parameters or data");
  });

  it("of another Job starts anew", async () => {
    const made: number[] = [];
    await expect(go(stepping(made, dieAt(2)))).rejects.toThrow("died");
    await go(stepping(made), undefined, { job: "job-2" });
    expect(made).toEqual([1, 2, 1, 2, 3]);
  });

  it("repeats nothing where the registry went down in the middle: the training went on to its end", async () => {
    const made: number[] = [];
    const goDown = (step: number) => {
      if (step === 1) platform.mlflow.weather.strike = () => "drop";
    };
    await expect(go(stepping(made, goDown))).rejects.toThrow("fetch failed");
    expect(made).toEqual([1, 2, 3]);
    expect(platform.mlflow.models.size).toBe(0);
    platform.mlflow.weather = {};
    await go(stepping(made));
    expect(made).toEqual([1, 2, 3]);
    await expectOneOfEverything(platform);
  });

  it("keeps no checkpoint of a loss that diverged at once, and registers nothing", async () => {
    const diverging = stubWorkload({
      train: () => Promise.reject(new DivergedError(1, Number.NaN)),
    });
    await expect(go(diverging)).rejects.toThrow("the loss is NaN at step 1");
    expect(stored()).toEqual([]);
    expect(platform.mlflow.models.size).toBe(0);
    expect(platform.s3.buckets.has(buckets.releases)).toBe(true);
  });
});
