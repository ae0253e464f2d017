import { describe, expect, it } from "vitest";
import { createRandom } from "../engine/random.ts";
import type { TrainingState } from "../engine/trainer.ts";
import { BadInputError, DivergedError } from "./errors.ts";
import { trainSteps, type TrainSteps } from "./train-steps.ts";
import type { Checkpoint } from "./workload.ts";

/**
 * The loop around a trainer that only follows what it is fed, so that a step lost, repeated or fed otherwise shows in
 * its numbers. That the real trainer repeats its bits is tested with it.
 */
const follower: TrainSteps["trainer"] = {
  async run({ step, parameters, slots }, feeds, steps, rate) {
    const drawn = feeds["draws"]!.data as Float32Array;
    const after = parameters.slice();
    for (let index = 0; index < steps; index++) {
      after[0] = Math.fround(after[0]! * 0.9 + drawn[index]! * rate(step + index + 1));
    }
    return {
      state: { step: step + steps, parameters: after, slots },
      traces: { loss: new Float32Array(steps).fill(after[0]!) },
    };
  },
};
const start: TrainingState = {
  step: 0,
  parameters: Float32Array.of(1),
  slots: { mean: Float32Array.of(5) },
};

function training(changes: Partial<TrainSteps> = {}): TrainSteps {
  const random = createRandom(3);
  return {
    trainer: follower,
    start,
    steps: 10,
    interval: 3,
    schedule: (step) => 1 / step,
    feeds: (_first, count) => ({
      draws: { data: Float32Array.from({ length: count }, random.normal), shape: [count] },
    }),
    random,
    context: { signal: new AbortController().signal },
    ...changes,
  };
}

describe("a training in steps", () => {
  it("T-08 interrupted after any checkpoint comes to the same bits, and repeats nothing", async () => {
    const kept: Checkpoint[] = [];
    const signal = new AbortController().signal;
    const keeping = {
      last: async () => undefined,
      offer: async (c: Checkpoint) => void kept.push(c),
    };
    const whole = await trainSteps(training({ context: { signal, checkpoints: keeping } }));
    expect(kept.map(({ step }) => step)).toEqual([3, 6, 9, 10]);
    for (const last of kept) {
      const told: number[] = [];
      const context = {
        signal,
        progress: (first: number) => void told.push(first),
        checkpoints: { last: async () => structuredClone(last), offer: async () => {} },
      };
      expect(await trainSteps(training({ context }))).toEqual(whole);
      expect(told).toEqual([4, 7, 10].filter((first) => first > last.step));
    }
  });

  it("notices an abort between two runs, after what was done has been offered", async () => {
    const ending = new AbortController();
    const offered: number[] = [];
    const context = {
      signal: ending.signal,
      progress: () => ending.abort(new Error("asked to end")),
      checkpoints: {
        last: async () => undefined,
        offer: async ({ step }: Checkpoint) => void offered.push(step),
      },
    };
    await expect(trainSteps(training({ context }))).rejects.toThrow("asked to end");
    expect(offered).toEqual([3]);
  });

  it("refuses a loss that is not finite, with its step, and never offers what came of it", async () => {
    const offered: number[] = [];
    const context = {
      signal: new AbortController().signal,
      checkpoints: {
        last: async () => undefined,
        offer: async ({ step }: Checkpoint) => void offered.push(step),
      },
    };
    const schedule = (step: number) => (step === 5 ? Number.NaN : 1);
    const trainer: TrainSteps["trainer"] = {
      async run(state, feeds, steps, rate) {
        const chunk = await follower.run(state, feeds, steps, rate);
        const loss = Float32Array.from({ length: steps }, (_, index) =>
          rate(state.step + index + 1),
        );
        return { ...chunk, traces: { loss } };
      },
    };
    const error = await trainSteps(training({ trainer, schedule, context })).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DivergedError);
    expect((error as DivergedError).step).toBe(5);
    expect(offered).toEqual([3]);
  });

  it("refuses parameters that are not finite though the loss still was", async () => {
    const schedule = (step: number) => (step === 10 ? Number.NaN : 1);
    const trainer: TrainSteps["trainer"] = {
      async run(state, feeds, steps, rate) {
        const chunk = await follower.run(state, feeds, steps, rate);
        return { ...chunk, traces: { loss: new Float32Array(steps) } };
      },
    };
    const error = await trainSteps(training({ trainer, schedule })).catch((r: unknown) => r);
    expect((error as DivergedError).step).toBe(10);
  });

  it.each<[string, Omit<Checkpoint, "step">, RegExp]>([
    [
      "other sizes",
      { vectors: { parameters: new Float32Array(2), mean: new Float32Array(1) } },
      /'parameters' has 2 numbers, wanted 1/,
    ],
    [
      "another optimiser",
      { vectors: { parameters: new Float32Array(1) } },
      /'mean' has no numbers, wanted 1/,
    ],
    [
      "no generator",
      { vectors: { parameters: new Float32Array(1), mean: new Float32Array(1) } },
      /lacks the random generator/,
    ],
  ])("refuses a checkpoint of %s", async (_, held, message) => {
    const context = {
      signal: new AbortController().signal,
      checkpoints: { last: async () => ({ step: 3, ...held }), offer: async () => {} },
    };
    const work = trainSteps(training({ context }));
    await expect(work).rejects.toThrow(message);
    await expect(work).rejects.toBeInstanceOf(BadInputError);
  });
});
