import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parameterSchema } from "../../contracts/workload.ts";
import { churnWorkload } from "../../training-image/workloads/churn/workload.ts";
import { digitsWorkload } from "../../training-image/workloads/digits/workload.ts";
import { type LabelledImages, pixelsOf } from "../../training-image/workloads/digits/images.ts";
import { mean } from "../../training-image/workloads/scores.ts";
import type { LabelledTable } from "../../training-image/workloads/table.ts";
import { foldsOf } from "../../training-image/workloads/validation.ts";
import { wineWorkload } from "../../training-image/workloads/wine/workload.ts";
import type { TrainingContext, Workload } from "../../training-image/workloads/workload.ts";
import { MeasuringChild } from "./child.ts";

export interface AccuracyRow {
  workload: string;
  model: string;
  score: "accuracy" | "auc_roc";
  mean: number;
  deviation: number;
  /** CPU seconds of the five trainings and their scoring. */
  cpu: number;
}

const folds = 5;
const script = fileURLToPath(new URL("./sklearn/folds.py", import.meta.url));

/** A workload with the metric that its bar is on, its data as columns, and the peers that it is shown beside. */
interface Contestant {
  workload: Workload;
  score: AccuracyRow["score"];
  metrics: [mean: string, deviation: string];
  table(data: unknown): LabelledTable;
  peers: string[];
}

const contestants: Contestant[] = [
  {
    workload: wineWorkload,
    score: "accuracy",
    metrics: ["cv_accuracy_mean", "cv_accuracy_std"],
    table: (data) => data as LabelledTable,
    peers: ["linear discriminant", "logistic regression"],
  },
  {
    workload: digitsWorkload,
    score: "accuracy",
    metrics: ["cv_accuracy_mean", "cv_accuracy_std"],
    table: (data) => pixelTable(data as LabelledImages),
    peers: ["support vectors", "logistic regression"],
  },
  {
    workload: churnWorkload,
    score: "auc_roc",
    metrics: ["cv_auc_mean", "cv_auc_std"],
    table: (data) => data as LabelledTable,
    peers: ["boosted trees", "logistic regression"],
  },
];

/**
 * Five-fold scores of our workloads with their default parameters, and of scikit-learn's models on the same folds.
 * @param python undefined where the peers cannot be installed
 */
export async function accuracies(
  python: string | undefined,
  tell: (row: AccuracyRow) => void,
): Promise<AccuracyRow[]> {
  const rows: AccuracyRow[] = [];
  for (const contestant of contestants) {
    const found = [await ours(contestant)];
    if (python !== undefined) found.push(...(await theirs(contestant, python)));
    found.forEach(tell);
    rows.push(...found);
  }
  return rows;
}

async function ours({ workload, score, metrics }: Contestant): Promise<AccuracyRow> {
  const { declaration } = workload;
  const parameters = parameterSchema(declaration).parse({});
  const { data } = await dataOf(workload);
  const context: TrainingContext = {
    model: declaration.name,
    parameters,
    dataSha256: "0".repeat(64),
    signal: new AbortController().signal,
    progress: () => {},
    checkpoints: { last: async () => undefined, offer: async () => {} },
    artifact: async () => {},
  };
  const trained = await workload.train(data, context);
  const before = process.cpuUsage();
  const measured = await workload.evaluate(data, trained, context);
  const { user, system } = process.cpuUsage(before);
  const [mean, deviation] = metrics.map((name) => measured[name] as number) as [number, number];
  const cpu = (user + system) / 1e6;
  return { workload: declaration.name, model: "ours", score, mean, deviation, cpu };
}

async function theirs(
  { workload, score, table, peers }: Contestant,
  python: string,
): Promise<AccuracyRow[]> {
  const { features, rows, labels } = table((await dataOf(workload)).data);
  const answer = await MeasuringChild.once<Record<string, { scores: number[]; cpu: number }>>(
    [python, script],
    {
      score,
      labels,
      models: peers,
      words: features.filter(({ categories }) => categories).map(({ name }) => name),
      folds: foldsOf(labels, folds).map(({ test }) => test),
      columns: Object.fromEntries(
        features.map(({ name }, column) => [name, rows.map((row) => row[column])]),
      ),
    },
  );
  return Object.entries(answer).map(([model, { scores, cpu }]) => {
    const center = mean(scores);
    const deviation = Math.sqrt(mean(scores.map((one) => (one - center) ** 2)));
    return { workload: workload.declaration.name, model, score, mean: center, deviation, cpu };
  });
}

async function dataOf(workload: Workload) {
  const { dataSet, declaration } = workload;
  const parameters = parameterSchema(declaration).parse({});
  const bytes =
    dataSet.kind === "generated" ? await dataSet.make(parameters) : await readFile(dataSet.file);
  return workload.read(bytes, parameters);
}

function pixelTable(images: LabelledImages): LabelledTable {
  const { height, width, labels, classes } = images;
  return {
    features: Array.from({ length: height * width }, (_, index) => ({ name: `pixel_${index}` })),
    rows: labels.map((_, row) => pixelsOf(images, row)),
    labels,
    classes,
  };
}
