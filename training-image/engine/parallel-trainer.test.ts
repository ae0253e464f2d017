import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExecutionProviderError } from "./execution-provider.ts";
import { add, gather, matmul, mean, scale, square, sub, sum, tanh } from "./ops.ts";
import { sgd } from "./optimiser.ts";
import { ParallelTrainer, type ParallelTrainerOptions } from "./parallel-trainer.ts";
import { ParameterLayout } from "./parameters.ts";
import { createRandom } from "./random.ts";
import { input } from "./tensor.ts";
import { Trainer } from "./trainer.ts";

/** A small network on 64 points, of which a step draws 4 chunks of 8. */
const layout = new ParameterLayout({ weights: [3, 16], bias: [16], output: [16, 1] });
const random = createRandom(5);
const normals = (length: number) => Float32Array.from({ length }, random.normal);
const x = input("x", [64, 3]);
const y = input("y", [64, 1]);
const fixed = {
  x: { data: normals(64 * 3), shape: [64, 3] },
  y: { data: normals(64), shape: [64, 1] },
};
const options: ParallelTrainerOptions<"weights" | "bias" | "output", "rows"> = {
  layout,
  inputs: [x, y],
  chunks: 4,
  perStep: { rows: { shape: [8], type: "int32" } },
  loss({ weights, bias, output }, { rows }) {
    const hidden = tanh(matmul(gather(x, rows), weights, { plus: bias }));
    const fit = mean(square(sub(matmul(hidden, output), gather(y, rows))));
    const penalty = sum(square(output));
    return { loss: add(fit, scale(penalty, 0.01)), traces: { fit, penalty } };
  },
};
const steps = 20;
const drawn = Int32Array.from({ length: steps * 32 }, () => Math.floor(64 * random.uniform()));
const feeds = (from = 0, to = steps) => ({
  ...fixed,
  rows: { data: drawn.slice(from * 32, to * 32), shape: [to - from, 4, 8] },
});
const parameters = layout.initialise(random);
const rate = (step: number) => 0.1 / Math.sqrt(step);

describe("a trainer in several threads", () => {
  const trainers: ParallelTrainer[] = [];
  beforeAll(async () => {
    const open = (threads: number) => ParallelTrainer.open({ ...options, threads });
    trainers.push(...(await Promise.all([open(1), open(2), open(4)])));
  });
  afterAll(() => Promise.all(trainers.map((trainer) => trainer.close())));

  it("makes the steps that one session makes of the same chunks", async () => {
    const one = await Trainer.open(options);
    const expected = await one.run(one.start(parameters), feeds(), steps, rate);
    await one.close();
    for (const trainer of trainers) {
      const { state, traces } = await trainer.run(trainer.start(parameters), feeds(), steps, rate);
      expect(state).toEqual(expected.state);
      expect(Object.keys(traces).sort()).toEqual(["fit", "loss", "penalty"]);
      traces["fit"]!.forEach((value, step) =>
        expect(value).toBeCloseTo(expected.traces["fit"]![step]!, 5),
      );
    }
  });

  it("T-08 comes to the same bits in however many threads, and in many runs as in one", async () => {
    const ends = [];
    for (const trainer of trainers) {
      ends.push((await trainer.run(trainer.start(parameters), feeds(), steps, rate)).state);
      let state = trainer.start(parameters);
      for (const to of [1, 8, steps]) {
        state = (await trainer.run(state, feeds(state.step, to), to - state.step, rate)).state;
      }
      ends.push(state);
    }
    expect(ends[0]!.parameters).not.toEqual(parameters);
    for (const end of ends) expect(end).toEqual(ends[0]);
  });

  it("follows another optimiser, and a minibatch of one chunk", async () => {
    const changes = {
      chunks: 1,
      optimiser: sgd({ momentum: 0.5 }),
      perStep: { rows: { shape: [32], type: "int32" } },
    } as const;
    const [one, other] = [
      await Trainer.open({ ...options, ...changes }),
      await ParallelTrainer.open({ ...options, ...changes }),
    ];
    const whole = { ...feeds(), rows: { data: drawn, shape: [steps, 32] } };
    const expected = await one.run(one.start(parameters), whole, steps, rate);
    const { state } = await other.run(other.start(parameters), whole, steps, rate);
    state.parameters.forEach((value, index) =>
      expect(value).toBeCloseTo(expected.state.parameters[index]!, 5),
    );
    await Promise.all([one.close(), other.close()]);
  });

  it("leaves threads without parameters to move where there are few of them", async () => {
    const few: ParallelTrainerOptions<"slope"> = {
      layout: new ParameterLayout({ slope: [3] }),
      loss: ({ slope }) => mean(square(slope)),
      threads: 2,
    };
    const trainer = await ParallelTrainer.open(few);
    const start = trainer.start(Float32Array.of(1, 2, 3));
    const { state } = await trainer.run(start, {}, 1, () => 0.5);
    await trainer.close();
    [0.5, 1.5, 2.5].forEach((value, at) => expect(state.parameters[at]).toBeCloseTo(value, 5));
  });

  it("refuses chunks that cannot be divided, rows that are missing, and a graphics card", async () => {
    await expect(ParallelTrainer.open({ ...options, threads: 3 })).rejects.toThrow(
      "4 chunks cannot be divided among 3 threads",
    );
    const [trainer] = trainers as [ParallelTrainer];
    await expect(trainer.run(trainer.start(parameters), feeds(0, 5), 6, rate)).rejects.toThrow(
      "'rows' has 5 rows for 6 steps",
    );
    await expect(ParallelTrainer.open({ ...options, executionProvider: "cuda" })).rejects.toThrow(
      ExecutionProviderError,
    );
  });

  it("says what a thread found wrong, wakes the others, and makes no further step", async () => {
    const trainer = await ParallelTrainer.open({ ...options, threads: 2 });
    const start = trainer.start(parameters);
    const wrong = feeds();
    // In the second chunk, which is the second thread's.
    wrong.rows.data[8] = 64;
    const message = /^thread 2 of 2: .*indices/;
    await expect(trainer.run(start, wrong, steps, rate)).rejects.toThrow(message);
    await expect(trainer.run(start, feeds(), steps, rate)).rejects.toThrow(message);
    await trainer.close();
    await expect(trainer.run(start, feeds(), steps, rate)).rejects.toThrow(message);
  });
});
