import { emit } from "../../training-image/engine/emit.ts";
import {
  add,
  exp,
  mean,
  mul,
  neg,
  scale,
  slice,
  square,
  sub,
} from "../../training-image/engine/ops.ts";
import { ParameterLayout } from "../../training-image/engine/parameters.ts";
import { createRandom } from "../../training-image/engine/random.ts";
import { cosine } from "../../training-image/engine/schedule.ts";
import { outputOf, Session } from "../../training-image/engine/session.ts";
import { input, type Tensor } from "../../training-image/engine/tensor.ts";
import { Trainer } from "../../training-image/engine/trainer.ts";
import { BadInputError } from "../../training-image/workloads/errors.ts";
import { trainSteps } from "../../training-image/workloads/train-steps.ts";
import { defineWorkload } from "../../training-image/workloads/workload.ts";

/** Measurements of cups: [degrees when poured, minutes since then, degrees now], in Celsius. */
type Cups = [start: number, minutes: number, now: number][];

/** What is learnt: the room's temperature, in units of 10 degrees, and how fast cups cool, per 10 minutes. */
const layout = new ParameterLayout({ room: [1], rate: [1] });

/** Newton's law of cooling: room + (start - room) exp(-rate minutes). */
function temperature(start: Tensor, minutes: Tensor, learnt: Record<"room" | "rate", Tensor>) {
  const room = scale(learnt.room, 10);
  const left = exp(neg(mul(scale(learnt.rate, 0.1), minutes)));
  return add(room, mul(sub(start, room), left));
}

/** Every fifth cup is kept back, to measure on. */
const isHeldOut = (_cup: unknown, index: number) => index % 5 === 4;

export const coffee = defineWorkload<Cups>({
  declaration: {
    name: "coffee",
    description: "How warm a cup of coffee is after some minutes",
    task: "regression",
    dataSet: "cups",
    example: [90, 10],
    parameters: {
      steps: {
        type: "integer",
        default: 500,
        min: 1,
        max: 100_000,
        description: "Optimiser steps",
      },
      learning_rate: {
        type: "number",
        default: 0.1,
        min: 1e-6,
        max: 1,
        description: "At the first step; it falls to 0",
      },
    },
    metrics: {
      rmse: {
        direction: "minimize",
        description: "Root mean squared error on held-out cups, in degrees",
      },
    },
  },
  dataSet: { kind: "generated", name: "cups", version: "1", make: async () => madeUpCups() },
  optimiser: "adam",

  read(bytes) {
    const lines = new TextDecoder().decode(bytes).trim().split("\n");
    const cups = lines.map((line, index) => {
      const numbers = line.split(",").map(Number);
      if (numbers.length === 3 && numbers.every(Number.isFinite)) return numbers as Cups[number];
      throw new BadInputError(`data: line ${index + 1} is '${line}', wanted three numbers`);
    });
    if (cups.length < 20) throw new BadInputError(`data: ${cups.length} cups, wanted at least 20`);
    return { data: cups, rows: cups.length, warnings: [] };
  },

  async train(cups, context) {
    const rows = cups.filter((cup, index) => !isHeldOut(cup, index));
    const columns = ["start", "minutes", "now"].map((name) => input(name, [rows.length]));
    const [start, minutes, now] = columns as [Tensor, Tensor, Tensor];
    const trainer = await Trainer.open({
      layout,
      inputs: columns,
      loss: (learnt) => mean(square(sub(temperature(start, minutes, learnt), now))),
    });
    const steps = Number(context.parameters["steps"]);
    const { parameters } = await trainSteps({
      trainer,
      start: trainer.start(layout.initialise(createRandom(1))),
      steps,
      interval: 50,
      schedule: cosine(Number(context.parameters["learning_rate"]), steps),
      feeds: Object.fromEntries(
        columns.map(({ name }, column) => {
          const data = Float32Array.from(rows, (cup) => cup[column] as number);
          return [name, { data, shape: [rows.length] }];
        }),
      ),
      context,
    }).finally(() => trainer.close());

    const features = input("features", ["batch", 2]);
    const [poured, waited] = [slice(features, 0, 1, 1), slice(features, 1, 2, 1)];
    const degrees = temperature(poured, waited, layout.constants(parameters));
    return {
      model: emit({ name: "coffee", inputs: [features], outputs: { degrees } }),
      contract: {
        schema: "isotherm.dev/model-contract/v1",
        model: context.model,
        task: "regression",
        inputs: [{ name: "features", dataType: "FP32", shape: [-1, 2] }],
        outputs: [{ name: "degrees", dataType: "FP32", shape: [-1, 1] }],
        features: [
          { name: "start", unit: "°C" },
          { name: "minutes", unit: "min" },
        ],
        predictions: "degrees",
      },
      example: { features: [[90, 10]] },
    };
  },

  async evaluate(cups, { model }) {
    const rows = cups.filter(isHeldOut);
    const session = await Session.open(model);
    const data = Float32Array.from(rows.flatMap(([start, minutes]) => [start, minutes]));
    const results = await session.run({ features: { data, shape: [rows.length, 2] } });
    await session.close();
    const { data: degrees } = outputOf(results, "degrees");
    const squares = rows.map(([, , now], row) => (Number(degrees[row]) - now) ** 2);
    return { rmse: Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / rows.length) };
  },
});

/** A room of 21 degrees, a rate of 0.04 per minute, and a thermometer that errs by half a degree. */
function madeUpCups(): Uint8Array {
  const random = createRandom(7);
  const lines = Array.from({ length: 100 }, () => {
    const [start, minutes] = [70 + 25 * random.uniform(), 60 * random.uniform()];
    const now = 21 + (start - 21) * Math.exp(-0.04 * minutes) + 0.5 * random.normal();
    return [start, minutes, now].map((value) => value.toFixed(2)).join(",");
  });
  return new TextEncoder().encode(lines.join("\n"));
}
