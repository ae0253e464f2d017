import { createRandom } from "../engine/random.ts";
import { cosine } from "../engine/schedule.ts";
import { Trainer } from "../engine/trainer.ts";
import {
  classifierLayout,
  classifierModel,
  type ClassifierShape,
  classifierTraining,
} from "./classifier.ts";
import { fitStandardiser, standardise } from "./standardise.ts";
import type { LabelledTable } from "./table.ts";
import { trainSteps, type TrainSteps } from "./train-steps.ts";

export interface FitOptions {
  hidden: number;
  steps: number;
  learningRate: number;
  weightPenalty: number;
  seed: number;
}

/** Steps a run of onnxruntime. */
const interval = 50;

/** Trains classifiers on subsets of one table, all with one compiled graph. */
export class ClassifierFit {
  readonly #trainer: Trainer;
  readonly #table: LabelledTable;
  readonly #shape: ClassifierShape;
  readonly #options: FitOptions;
  readonly #targets: Float32Array;

  private constructor(
    trainer: Trainer,
    table: LabelledTable,
    shape: ClassifierShape,
    options: FitOptions,
  ) {
    this.#trainer = trainer;
    this.#table = table;
    this.#shape = shape;
    this.#options = options;
    const { classes } = shape;
    this.#targets = new Float32Array(table.rows.length * classes);
    table.labels.forEach((label, row) => (this.#targets[row * classes + label] = 1));
  }

  static async open(table: LabelledTable, options: FitOptions): Promise<ClassifierFit> {
    const { rows, features, classes } = table;
    const shape = {
      features: features.length,
      hidden: options.hidden,
      classes: classes.length,
    };
    const training = classifierTraining(shape, rows.length, options.weightPenalty);
    return new ClassifierFit(await Trainer.open(training), table, shape, options);
  }

  /**
   * Trains on some rows of the table.
   * @returns the model as it is served
   * @throws DivergedError; the signal's reason where it is aborted
   */
  async on(trainRows: readonly number[], context: TrainSteps["context"]): Promise<Uint8Array> {
    const { rows } = this.#table;
    const { steps, learningRate, seed } = this.#options;
    const standardiser = fitStandardiser(trainRows.map((row) => rows[row] as Float64Array));
    const weights = new Float32Array(rows.length);
    for (const row of trainRows) weights[row] = 1 / trainRows.length;
    const feeds = {
      features: {
        data: standardise(rows, standardiser),
        shape: [rows.length, this.#shape.features],
      },
      targets: { data: this.#targets, shape: [rows.length, this.#shape.classes] },
      row_weights: { data: weights, shape: [rows.length] },
    };
    const state = await trainSteps({
      trainer: this.#trainer,
      start: this.#trainer.start(classifierLayout(this.#shape).initialise(createRandom(seed))),
      steps,
      interval,
      schedule: cosine(learningRate, steps),
      feeds,
      context,
    });
    return classifierModel(this.#shape, state.parameters, standardiser);
  }

  close(): Promise<void> {
    return this.#trainer.close();
  }
}
