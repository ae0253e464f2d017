import { describe, expect, it } from "vitest";
import { add, gather, matmul, mean, scale, square, sub, sum } from "./ops.ts";
import { adam, type Optimiser, sgd } from "./optimiser.ts";
import { ParameterLayout } from "./parameters.ts";
import { createRandom } from "./random.ts";
import { Trainer, trainingGraph, type TrainerOptions, type TrainingState } from "./trainer.ts";
import { constant, input, scalar, type Tensor } from "./tensor.ts";

/** Least squares on four points of y = 2a - b + 0.5. */
const points = Float32Array.of(0, 0, 1, 0, 0, 1, 1, 1);
const targets = Float32Array.of(0.5, 2.5, -0.5, 1.5);
const layout = new ParameterLayout({ weights: [2, 1], bias: [1] });
const line: TrainerOptions<"weights" | "bias"> = {
  layout,
  inputs: [input("x", [4, 2]), input("y", [4, 1])],
  loss({ weights, bias }) {
    const [x, y] = line.inputs as [ReturnType<typeof input>, ReturnType<typeof input>];
    return mean(square(sub(add(matmul(x, weights), bias), y)));
  },
};
const feeds = { x: { data: points, shape: [4, 2] }, y: { data: targets, shape: [4, 1] } };
const start = (optimiser: Optimiser = adam()): TrainingState => ({
  step: 0,
  parameters: layout.initialise(createRandom(3)),
  slots: Object.fromEntries(optimiser.slots.map((name) => [name, new Float32Array(3)])),
});

/** Gradient of the loss over some rows, written out by hand in 64-bit floats. */
function gradientAt(parameters: readonly number[], rows: readonly number[]): number[] {
  const gradient = [0, 0, 0];
  for (const row of rows) {
    const x = [points[2 * row]!, points[2 * row + 1]!, 1];
    const error = x.reduce((sum, xi, i) => sum + xi * parameters[i]!, 0) - targets[row]!;
    x.forEach((xi, i) => (gradient[i]! += (2 * error * xi) / rows.length));
  }
  return gradient;
}

const all = [0, 1, 2, 3];

/** Adam by the book (Kingma and Ba, algorithm 1), in 64-bit floats. */
function textbookAdam(steps: number, rate: number, rowsOf: (t: number) => number[] = () => all) {
  const parameters = [...start().parameters];
  const [m, v] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (let t = 1; t <= steps; t++) {
    gradientAt(parameters, rowsOf(t)).forEach((g, i) => {
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      const [mHat, vHat] = [m[i]! / (1 - 0.9 ** t), v[i]! / (1 - 0.999 ** t)];
      parameters[i]! -= (rate * mHat) / (Math.sqrt(vHat) + 1e-8);
    });
  }
  return parameters;
}

function textbookMomentum(steps: number, rate: number, momentum: number) {
  const parameters = [...start().parameters];
  let velocity = [0, 0, 0];
  for (let t = 1; t <= steps; t++) {
    const gradient = gradientAt(parameters, all);
    velocity = velocity.map((v, i) => momentum * v + gradient[i]!);
    velocity.forEach((v, i) => (parameters[i]! -= rate * v));
  }
  return parameters;
}

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 4));
}

describe("the trainer", () => {
  it("makes the steps of textbook Adam", async () => {
    const trainer = await Trainer.open(line);
    const { state } = await trainer.run(start(), feeds, 50, () => 0.05);
    expect(state.step).toBe(50);
    expectClose(state.parameters, textbookAdam(50, 0.05));
    await trainer.close();
  });

  it.each([0, 0.9])("makes the steps of gradient descent with momentum %d", async (momentum) => {
    const optimiser = sgd({ momentum });
    const trainer = await Trainer.open({ ...line, optimiser });
    const before = trainer.start(start().parameters);
    expect(before).toEqual(start(optimiser));
    const { state } = await trainer.run(before, feeds, 20, () => 0.05);
    expectClose(state.parameters, textbookMomentum(20, 0.05, momentum));
    await trainer.close();
  });

  it("takes weights back by a fraction of the learning rate where decay is asked for", async () => {
    const still = await Trainer.open({
      ...line,
      loss: ({ weights, bias }) => scale(add(sum(weights), sum(bias)), 0),
      optimiser: adam({ weightDecay: 0.5 }),
    });
    const { state } = await still.run(start(), feeds, 2, () => 0.1);
    expectClose(
      state.parameters,
      [...start().parameters].map((value) => value * 0.95 ** 2),
    );
    await still.close();
  });

  it("finds the line", async () => {
    const trainer = await Trainer.open(line);
    const { state, traces } = await trainer.run(start(), feeds, 2000, () => 0.02);
    expect(traces.loss.at(-1)).toBeLessThan(1e-8);
    expect([...state.parameters].map((value) => Math.round(1000 * value) / 1000)).toEqual([
      2, -1, 0.5,
    ]);
    await trainer.close();
  });

  it("T-08 comes to the same bits in one call, in many, and in another session", async () => {
    const [one, many] = [await Trainer.open(line), await Trainer.open(line)];
    const whole = await one.run(start(), feeds, 30, (step) => 0.1 / step);
    let state = start();
    const losses: number[] = [];
    for (const steps of [1, 9, 20]) {
      const chunk = await many.run(state, feeds, steps, (step) => 0.1 / step);
      state = chunk.state;
      losses.push(...chunk.traces.loss);
    }
    expect(state).toEqual(whole.state);
    expect(losses).toEqual([...whole.traces.loss]);
    await Promise.all([one.close(), many.close()]);
  });

  it("emits the same bytes for the same model", () => {
    expect(trainingGraph(line)).toEqual(trainingGraph(line));
  });

  it("leaves the state it starts from as it is", async () => {
    const trainer = await Trainer.open(line);
    const state = start();
    await trainer.run(state, feeds, 5, () => 0.1);
    expect(state).toEqual(start());
    await trainer.close();
  });
});

describe("minibatches", () => {
  const rows = [3, 1, 0, 0, 2, 1, 1, 3, 2, 2, 0, 3];
  const indices = { data: Int32Array.from(rows), shape: [6, 2] };
  const x = constant(points, [4, 2]);
  const y = constant(targets, [4, 1]);
  const residual = ({ weights, bias }: Record<"weights" | "bias", Tensor>, index: Tensor) =>
    sub(matmul(gather(x, index), weights, { plus: bias }), gather(y, index));
  const minibatch: TrainerOptions<"weights" | "bias", "rows"> = {
    layout,
    perStep: { rows: { shape: [2], type: "int32" } },
    loss: (parameters, { rows: index }) => mean(square(residual(parameters, index))),
  };

  it("are rows of the data by indices, other ones in every step", async () => {
    const trainer = await Trainer.open(minibatch);
    const { state } = await trainer.run(start(), { rows: indices }, 6, () => 0.05);
    expectClose(
      state.parameters,
      textbookAdam(6, 0.05, (t) => rows.slice(2 * t - 2, 2 * t)),
    );
    await trainer.close();
  });

  it("give the same step in chunks as in one piece", async () => {
    const [whole, chunked] = await Promise.all([
      Trainer.open({ ...minibatch, perStep: { rows: { shape: [4], type: "int32" } } }),
      Trainer.open({ ...minibatch, chunks: 2 }),
    ]);
    const inOne = await whole.run(start(), { rows: { ...indices, shape: [3, 4] } }, 3, () => 0.05);
    const inTwo = await chunked.run(
      start(),
      { rows: { ...indices, shape: [3, 2, 2] } },
      3,
      () => 0.05,
    );
    expectClose(inTwo.state.parameters, [...inOne.state.parameters]);
    expectClose(inTwo.traces.loss, [...inOne.traces.loss]);
    expectClose(
      inTwo.state.parameters,
      textbookAdam(3, 0.05, (t) => rows.slice(4 * t - 4, 4 * t)),
    );
    await Promise.all([whole.close(), chunked.close()]);
  });

  it("G-03 keep every part of the loss by step, beside the total", async () => {
    const trainer = await Trainer.open({
      ...minibatch,
      loss(parameters, { rows: index }) {
        const fit = mean(square(residual(parameters, index)));
        const penalty = scale(sum(square(parameters.weights)), 0.1);
        return { loss: add(fit, penalty), traces: { fit, penalty } };
      },
    });
    const { traces } = await trainer.run(start(), { rows: indices }, 6, () => 0.05);
    expect(Object.keys(traces)).toEqual(["loss", "fit", "penalty"]);
    for (const [step, loss] of traces.loss.entries()) {
      expect(traces["fit"]![step]! + traces["penalty"]![step]!).toBeCloseTo(loss, 5);
    }
    await trainer.close();
  });

  it("are refused where there is not one for each step", async () => {
    const trainer = await Trainer.open(minibatch);
    const run = (steps: number, feeds: Record<string, typeof indices>) =>
      trainer.run(start(), feeds, steps, () => 0.05);
    await expect(run(7, { rows: indices })).rejects.toThrow("'rows' has 6 rows for 7 steps");
    await expect(run(5, { rows: indices })).rejects.toThrow("'rows' has 6 rows for 5 steps");
    await expect(run(6, {})).rejects.toThrow("'rows' has 0 rows for 6 steps");
    await expect(run(0, { rows: indices })).rejects.toThrow("0 steps");
    await trainer.close();
  });

  it("take a gradient that is written by hand, and refuse one of another shape", async () => {
    const byHand: typeof minibatch = {
      ...minibatch,
      loss(parameters, { rows: index }) {
        const error = residual(parameters, index as Tensor);
        const weights = matmul(gather(x, index as Tensor), error, { transposeA: true });
        return { loss: mean(square(error)), gradients: { weights, bias: sum(error, [0]) } };
      },
    };
    const [derived, written] = await Promise.all([Trainer.open(minibatch), Trainer.open(byHand)]);
    const one = await derived.run(start(), { rows: indices }, 6, () => 0.05);
    const other = await written.run(start(), { rows: indices }, 6, () => 0.05);
    expectClose(other.state.parameters, [...one.state.parameters]);
    await Promise.all([derived.close(), written.close()]);
    const wrong = { ...byHand, layout: new ParameterLayout({ weights: [2, 1], bias: [1, 1] }) };
    expect(() => trainingGraph(wrong)).toThrow("'bias' is [1, 1], but there is [1] for it");
  });

  it("refuse a part of the loss that is no scalar, or has the name of the whole", () => {
    const traces = (named: Record<string, Tensor>) => () =>
      trainingGraph({
        ...line,
        loss: (parameters) => ({ loss: line.loss(parameters, {}) as Tensor, traces: named }),
      });
    expect(traces({ part: x })).toThrow("'part' must be a scalar, not [4,2]");
    expect(traces({ loss: scalar(1, x) })).toThrow("is the loss itself");
  });
});

describe("adam", () => {
  it("makes the first move one learning rate long, whatever the gradient", () => {
    const { rate, floor } = adam().scalars(1, 0.01);
    for (const gradient of [1e-3, 1, 1e3]) {
      expect((rate! * gradient) / (gradient + floor!)).toBeCloseTo(0.01, 6);
    }
  });
});
