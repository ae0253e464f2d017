import { createRandom, type Random } from "../../engine/random.ts";
import { cosine } from "../../engine/schedule.ts";
import { Trainer } from "../../engine/trainer.ts";
import type { LabelledTable } from "../table.ts";
import { type Feeds, trainSteps, type TrainSteps } from "../train-steps.ts";
import { pick } from "../validation.ts";
import { encode, fitEncoding } from "./encoding.ts";
import { networkLayout, networkModel, networkTraining } from "./network.ts";

export interface FitOptions {
  hidden: number;
  layers: number;
  steps: number;
  batch: number;
  learningRate: number;
  weightDecay: number;
  seed: number;
}

/** Steps a run of onnxruntime, at most. */
const interval = 50;

/**
 * Trains on some rows of a table.
 * @returns the model as it is served
 * @throws DivergedError; the signal's reason where it is aborted
 */
export async function fitTable(
  table: LabelledTable,
  trainRows: readonly number[],
  options: FitOptions,
  context: TrainSteps["context"],
): Promise<Uint8Array> {
  const { hidden, layers, steps, batch, learningRate, weightDecay, seed } = options;
  const encoding = fitEncoding(table, trainRows);
  const data: Encoded = {
    width: encoding.width,
    rows: encode(pick(table.rows, trainRows), encoding),
    labels: pick(table.labels, trainRows),
  };
  const shape = { width: encoding.width, hidden, layers };
  const random = createRandom(seed);
  const trainer = await Trainer.open(networkTraining(shape, batch, weightDecay));
  try {
    const state = await trainSteps({
      trainer,
      start: trainer.start(networkLayout(shape).initialise(random)),
      steps,
      // No row is seen twice in a run, and a small table is seen whole in each.
      interval: Math.min(interval, Math.max(1, Math.floor(trainRows.length / batch))),
      schedule: cosine(learningRate, steps),
      feeds: (_, count) => minibatches(data, count, batch, random),
      random,
      context,
    });
    return networkModel(shape, state.parameters, encoding);
  } finally {
    await trainer.close();
  }
}

interface Encoded {
  width: number;
  /** One after the other. */
  rows: Float32Array;
  labels: number[];
}

function minibatches(
  { width, rows, labels }: Encoded,
  count: number,
  batch: number,
  random: Random,
): Feeds {
  const chosen = new Float32Array(count * batch * width);
  const targets = new Float32Array(count * batch);
  const order = random.permutation(labels.length);
  for (let place = 0; place < count * batch; place++) {
    const row = order[place % labels.length] as number;
    chosen.set(rows.subarray(row * width, (row + 1) * width), place * width);
    targets[place] = labels[row] as number;
  }
  return {
    rows: { data: chosen, shape: [count, batch, width] },
    targets: { data: targets, shape: [count, batch, 1] },
  };
}
