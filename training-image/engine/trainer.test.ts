import { describe, expect, it } from "vitest";
import { add, matmul, mean, square, sub } from "./ops.ts";
import { adamScalars } from "./adam.ts";
import { ParameterLayout } from "./parameters.ts";
import { createRandom } from "./random.ts";
import { startingState, Trainer, trainingGraph, type TrainerOptions } from "./trainer.ts";
import { input } from "./tensor.ts";

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
const start = () => startingState(layout.initialise(createRandom(3)));

/** Adam by the book (Kingma and Ba, algorithm 1), in 64-bit floats, with the gradient written out by hand. */
function textbook(steps: number, rate: number): number[] {
  const parameters = [...start().parameters];
  const [m, v] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (let t = 1; t <= steps; t++) {
    const gradient = [0, 0, 0];
    for (let row = 0; row < 4; row++) {
      const x = [points[2 * row]!, points[2 * row + 1]!, 1];
      const error = x.reduce((sum, xi, i) => sum + xi * parameters[i]!, 0) - targets[row]!;
      x.forEach((xi, i) => (gradient[i]! += (2 * error * xi) / 4));
    }
    gradient.forEach((g, i) => {
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      const [mHat, vHat] = [m[i]! / (1 - 0.9 ** t), v[i]! / (1 - 0.999 ** t)];
      parameters[i]! -= (rate * mHat) / (Math.sqrt(vHat) + 1e-8);
    });
  }
  return parameters;
}

describe("the trainer", () => {
  it("makes the steps of textbook Adam", async () => {
    const trainer = await Trainer.open(line);
    const { state } = await trainer.run(start(), feeds, 50, () => 0.05);
    const expected = textbook(50, 0.05);
    expect(state.step).toBe(50);
    state.parameters.forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 4));
    await trainer.close();
  });

  it("finds the line", async () => {
    const trainer = await Trainer.open(line);
    const { state, losses } = await trainer.run(start(), feeds, 2000, () => 0.02);
    expect(losses.at(-1)).toBeLessThan(1e-8);
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
      losses.push(...chunk.losses);
    }
    expect(state).toEqual(whole.state);
    expect(losses).toEqual([...whole.losses]);
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

describe("adamScalars", () => {
  it("makes the first move one learning rate long, whatever the gradient", () => {
    const { rate, floor } = adamScalars(1, 0.01);
    for (const gradient of [1e-3, 1, 1e3]) {
      const move = (rate * 0.1 * gradient) / (Math.sqrt(0.001) * gradient + floor);
      expect(move).toBeCloseTo(0.01, 6);
    }
  });
});
