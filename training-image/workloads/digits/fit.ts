import { createRandom, type Random } from "../../engine/random.ts";
import { cosine } from "../../engine/schedule.ts";
import { Trainer } from "../../engine/trainer.ts";
import { type Feeds, trainSteps, type TrainSteps } from "../train-steps.ts";
import type { LabelledImages } from "./images.ts";
import { networkLayout, networkModel, type NetworkShape, networkTraining } from "./network.ts";

export interface FitOptions {
  channels: number;
  hidden: number;
  steps: number;
  batch: number;
  learningRate: number;
  weightDecay: number;
  /** Probability of a move by one pixel, in either direction, along each axis. */
  shift: number;
  seed: number;
}

/** Steps a run of onnxruntime, at most. */
const interval = 50;

/** Trains networks on subsets of some images, all with one compiled graph. */
export class DigitsFit {
  readonly #trainer: Trainer;
  readonly #images: LabelledImages;
  readonly #shape: NetworkShape;
  readonly #options: FitOptions;

  private constructor(
    trainer: Trainer,
    images: LabelledImages,
    shape: NetworkShape,
    options: FitOptions,
  ) {
    this.#trainer = trainer;
    this.#images = images;
    this.#shape = shape;
    this.#options = options;
  }

  static async open(images: LabelledImages, options: FitOptions): Promise<DigitsFit> {
    const { height, width, white, classes } = images;
    const { channels, hidden } = options;
    const shape = { height, width, white, channels, hidden, classes: classes.length };
    const training = networkTraining(shape, options.batch, options.weightDecay);
    return new DigitsFit(await Trainer.open(training), images, shape, options);
  }

  /**
   * Trains on some of the images.
   * @returns the model as it is served
   * @throws DivergedError; the signal's reason where it is aborted
   */
  async on(rows: readonly number[], context: TrainSteps["context"]): Promise<Uint8Array> {
    const { steps, batch, learningRate, seed } = this.#options;
    const random = createRandom(seed);
    const state = await trainSteps({
      trainer: this.#trainer,
      start: this.#trainer.start(networkLayout(this.#shape).initialise(random)),
      steps,
      // No image is seen twice in a run, and a small data set is seen whole in each.
      interval: Math.min(interval, Math.max(1, Math.floor(rows.length / batch))),
      schedule: cosine(learningRate, steps),
      feeds: (_, count) => this.#minibatches(rows, count, random),
      random,
      context,
    });
    return networkModel(this.#shape, state.parameters);
  }

  close(): Promise<void> {
    return this.#trainer.close();
  }

  #minibatches(rows: readonly number[], count: number, random: Random): Feeds {
    const { batch, shift } = this.#options;
    const { height, width, classes } = this.#shape;
    const size = height * width;
    const pixels = new Float32Array(count * batch * size);
    const targets = new Float32Array(count * batch * classes);
    const order = random.permutation(rows.length);
    for (let place = 0; place < count * batch; place++) {
      const row = rows[order[place % rows.length] as number] as number;
      const target = pixels.subarray(place * size, (place + 1) * size);
      this.#copy(row, move(shift, random), move(shift, random), target);
      targets[place * classes + (this.#images.labels[row] as number)] = 1;
    }
    return {
      pixels: { data: pixels, shape: [count, batch, size] },
      targets: { data: targets, shape: [count, batch, classes] },
    };
  }

  /** Copies an image, moved; what comes in from outside is black. */
  #copy(row: number, down: number, right: number, target: Float32Array): void {
    const { height, width } = this.#shape;
    const start = row * height * width;
    for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
      for (let x = Math.max(0, right); x < Math.min(width, width + right); x++) {
        const from = start + (y - down) * width + (x - right);
        target[y * width + x] = this.#images.pixels[from] as number;
      }
    }
  }
}

/** -1 and 1 with half the probability each, else 0. */
function move(probability: number, random: Random): number {
  const drawn = random.uniform();
  if (drawn >= probability) return 0;
  return drawn < probability / 2 ? -1 : 1;
}
