import { driftBaseline, predictionBaseline } from "../baseline.ts";
import { withCurves } from "../curves.ts";
import { contractFeatures } from "../features.ts";
import { accuracy, aucRoc, f1, logLoss } from "../scores.ts";
import { checkTable, type LabelledTable } from "../table.ts";
import { crossValidate, holdOut, pick } from "../validation.ts";
import { defineWorkload, type TrainedModel, type TrainingContext } from "../workload.ts";
import { parseTable } from "./data.ts";
import { churn } from "./declaration.ts";
import { type FitOptions, fitTable } from "./fit.ts";
import { classifyRows, rawColumns, tableContract } from "./model.ts";

const labels = { subtitle: "Cross entropy of each step's minibatch", yLabel: "nats" };

export const churnWorkload = defineWorkload<LabelledTable>({
  declaration: churn,
  dataSet: {
    kind: "bundled",
    name: churn.dataSet,
    version: "1",
    sha256: "8e6cf50bc3d1121350c8262376acc0aecec9a566044c87b63f8e5a8afe4a0df0",
    file: new URL("./data/churn.csv.gz", import.meta.url),
  },
  optimiser: "adam",

  read(bytes, parameters) {
    const { table, warnings } = checkTable(parseTable(bytes, String(parameters["columns"] ?? "")), {
      minimumRows: 1001,
      minimumRowsPerClass: 50,
    });
    return { data: table, rows: table.rows.length, warnings };
  },

  async train(table, context) {
    const { train } = holdOut(table.labels);
    const rows = pick(table.rows, train);
    const whole = rows.find((row) => row.every((value) => !Number.isNaN(value)));
    const model = await withCurves(context, labels, (watched) =>
      fitTable(table, train, fitOptions(context), watched),
    );
    return {
      model,
      contract: tableContract(context.model, contractFeatures(table, rows), table.classes),
      baseline: {
        ...driftBaseline(table.features, rows, context.dataSha256),
        prediction: predictionBaseline(table.classes, await classifyRows(model, table, rows)),
      },
      example: rawColumns(table, [whole ?? (rows[0] as Float64Array)]),
    };
  },

  async evaluate(table, trained, context) {
    const folds = Number(context.parameters["folds"]);
    const { mean, deviation } = await crossValidate(table.labels, folds, async (split) => {
      const { signal } = context;
      const model = await fitTable(table, split.train, fitOptions(context), { signal });
      const answers = await classifyRows(model, table, pick(table.rows, split.test));
      return aucRoc(pick(table.labels, split.test), answers.map(second));
    });
    return { ...(await scoresOf(table, trained)), cv_auc_mean: mean, cv_auc_std: deviation };
  },

  score: scoresOf,
});

async function scoresOf(table: LabelledTable, { model }: TrainedModel) {
  const { test } = holdOut(table.labels);
  const labels = pick(table.labels, test);
  const probabilities = await classifyRows(model, table, pick(table.rows, test));
  return {
    auc_roc: aucRoc(labels, probabilities.map(second)),
    accuracy: accuracy(labels, probabilities),
    f1: f1(labels, probabilities),
    log_loss: logLoss(labels, probabilities),
  };
}

/** The probability of class 1. */
function second(probabilities: readonly number[]): number {
  return probabilities[1] as number;
}

function fitOptions({ parameters }: TrainingContext): FitOptions {
  return {
    hidden: Number(parameters["hidden"]),
    layers: Number(parameters["layers"]),
    steps: Number(parameters["steps"]),
    batch: Number(parameters["batch"]),
    learningRate: Number(parameters["learning_rate"]),
    weightDecay: Number(parameters["weight_decay"]),
    seed: Number(parameters["seed"]),
  };
}
