import { driftBaseline, predictionBaseline } from "../baseline.ts";
import { classifierContract, classify } from "../classifier.ts";
import { withCurves } from "../curves.ts";
import { contractFeatures } from "../features.ts";
import { ClassifierFit, type FitOptions } from "../fit.ts";
import { accuracy, f1Macro, logLoss } from "../scores.ts";
import { checkTable, type LabelledTable } from "../table.ts";
import { crossValidate, holdOut, pick } from "../validation.ts";
import { defineWorkload, type TrainedModel, type TrainingContext } from "../workload.ts";
import { parseWine } from "./data.ts";
import { wine } from "./declaration.ts";

/** SPEC K-09. */
const folds = 5;

const labels = {
  subtitle: "Cross entropy and penalty on all training rows, before each step",
  yLabel: "nats",
};

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
    const { train } = holdOut(table.labels);
    const trainRows = pick(table.rows, train);
    const fit = await ClassifierFit.open(table, fitOptions(context));
    try {
      const model = await withCurves(context, labels, (watched) => fit.on(train, watched));
      return {
        model,
        contract: classifierContract(
          context.model,
          contractFeatures(table, trainRows),
          table.classes,
        ),
        baseline: {
          ...driftBaseline(table.features, trainRows, context.dataSha256),
          prediction: predictionBaseline(table.classes, await classify(model, trainRows)),
        },
        example: { features: [[...(trainRows[0] as Float64Array)]] },
      };
    } finally {
      await fit.close();
    }
  },

  async evaluate(table, trained, context) {
    const { mean, deviation } = await crossValidated(table, context);
    return {
      ...(await scoresOf(table, trained)),
      cv_accuracy_mean: mean,
      cv_accuracy_std: deviation,
    };
  },

  score: scoresOf,
});

async function scoresOf(table: LabelledTable, { model }: TrainedModel) {
  const { test } = holdOut(table.labels);
  const labels = pick(table.labels, test);
  const probabilities = await classify(model, pick(table.rows, test));
  return {
    accuracy: accuracy(labels, probabilities),
    f1_macro: f1Macro(labels, probabilities, table.classes.length),
    log_loss: logLoss(labels, probabilities),
  };
}

async function crossValidated(table: LabelledTable, context: TrainingContext) {
  const fit = await ClassifierFit.open(table, fitOptions(context));
  try {
    return await crossValidate(table.labels, folds, async ({ train, test }) => {
      const model = await fit.on(train, { signal: context.signal });
      const probabilities = await classify(model, pick(table.rows, test));
      return accuracy(pick(table.labels, test), probabilities);
    });
  } finally {
    await fit.close();
  }
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
