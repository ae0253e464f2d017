import { driftBaseline } from "../baseline.ts";
import { classifierContract, classify } from "../classifier.ts";
import { ClassifierFit, type FitOptions } from "../fit.ts";
import { accuracy, deviation, f1Macro, logLoss, mean } from "../scores.ts";
import { type Split, stratifiedFolds, stratifiedSplit } from "../split.ts";
import { checkTable, type LabelledTable } from "../table.ts";
import { defineWorkload, type TrainingContext } from "../workload.ts";
import { parseWine } from "./data.ts";
import { wine } from "./declaration.ts";

/** SPEC K-09. */
const heldOutShare = 0.2;
const folds = 5;
const splitSeed = 42;

export const wineWorkload = defineWorkload<LabelledTable>({
  declaration: wine,
  dataSet: {
    kind: "bundled",
    name: wine.dataSet,
    version: "uci-109",
    sha256: "10e8a802908b34f86e5da8ce962f3c806694bc98450a18f61851af59f324bede",
    file: new URL("./data/wine.csv", import.meta.url),
  },
  optimiser: "adam",

  read(bytes) {
    const { table, warnings } = checkTable(parseWine(bytes), {
      minimumRows: 100,
      minimumRowsPerClass: 10,
    });
    return { data: table, rows: table.rows.length, warnings };
  },

  async train(table, context) {
    const { train } = holdOut(table);
    const trainRows = pick(table.rows, train);
    const fit = await ClassifierFit.open(table, fitOptions(context));
    try {
      return {
        model: await fit.on(train, context),
        contract: classifierContract(context.model, describe(table, trainRows), table.classes),
        baseline: driftBaseline(table.features, trainRows, context.dataSha256),
        example: { features: [[...(trainRows[0] as Float64Array)]] },
      };
    } finally {
      await fit.close();
    }
  },

  async evaluate(table, trained, context) {
    const { test } = holdOut(table);
    const labels = pick(table.labels, test);
    const probabilities = await classify(trained.model, pick(table.rows, test));
    const scores = await crossValidate(table, context);
    return {
      accuracy: accuracy(labels, probabilities),
      f1_macro: f1Macro(labels, probabilities, table.classes.length),
      log_loss: logLoss(labels, probabilities),
      cv_accuracy_mean: mean(scores),
      cv_accuracy_std: deviation(scores),
    };
  },
});

/** Accuracy on each fold of the whole table, by models trained on the other folds. */
async function crossValidate(table: LabelledTable, context: TrainingContext): Promise<number[]> {
  const fit = await ClassifierFit.open(table, fitOptions(context));
  try {
    const scores: number[] = [];
    for (const { train, test } of stratifiedFolds(table.labels, folds, splitSeed)) {
      const model = await fit.on(train, { signal: context.signal });
      const probabilities = await classify(model, pick(table.rows, test));
      scores.push(accuracy(pick(table.labels, test), probabilities));
    }
    return scores;
  } finally {
    await fit.close();
  }
}

function holdOut(table: LabelledTable): Split {
  return stratifiedSplit(table.labels, heldOutShare, splitSeed);
}

function fitOptions({ parameters }: TrainingContext): FitOptions {
  return {
    hidden: Number(parameters["hidden"]),
    steps: Number(parameters["steps"]),
    learningRate: Number(parameters["learning_rate"]),
    weightPenalty: Number(parameters["weight_penalty"]),
    seed: Number(parameters["seed"]),
  };
}

/** The features with the ranges that the model was trained on. */
function describe(table: LabelledTable, rows: readonly Float64Array[]) {
  return table.features.map((feature, column) => {
    const values = rows.map((row) => row[column] as number).filter((value) => !Number.isNaN(value));
    return { ...feature, range: [Math.min(...values), Math.max(...values)] as [number, number] };
  });
}

function pick<T>(items: readonly T[], places: readonly number[]): T[] {
  return places.map((place) => items[place] as T);
}
