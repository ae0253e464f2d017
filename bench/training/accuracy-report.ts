import { fileURLToPath } from "node:url";
import { accuracies, type AccuracyRow } from "./accuracy.ts";
import type { Figures } from "../figures.ts";
import { peerPython } from "../python-peer.ts";
import { report } from "../report.ts";

const requirements = fileURLToPath(new URL("./sklearn/requirements.txt", import.meta.url));

const bars: Readonly<Record<string, string>> = {
  wine: "97.5 %, 1 s",
  digits: "98.5 %",
  churn: "0.900",
};

/** Five-fold scores of the workloads on tables and images, beside scikit-learn's models on the same folds. */
export async function benchAccuracy(): Promise<void> {
  const peer = await peerPython("sklearn", requirements);
  if ("missing" in peer) {
    console.log(`accuracy: scikit-learn cannot be installed here: ${peer.missing}`);
  }
  const python = "python" in peer ? peer.python : undefined;
  const rows = await accuracies(python, (row) => console.error(cells(row).join("  ")));
  const figures: Figures = {
    heading: "Training: accuracy of wine, digits and churn",
    text: [
      "Five stratified folds (seed 42), default parameters; mean and standard deviation over the folds, CPU seconds of the five",
      "trainings and their scoring, on a busy machine. scikit-learn's models see the same folds. The defaults of digits and churn",
      "were chosen on folds by another seed (7): no fold shown took part in the choice, though its rows did. Those of wine were",
      "chosen on several seeds. The notes that come with churn give 0.8972 for logistic regression and 0.9010 for boosted trees,",
      "on folds of their own, and 0.9058 as the best attainable. By `npm run bench:training accuracy`.",
      "Not measured, because their data could not be had here: digits on MNIST (98.8 % in 3 minutes were hoped for) and churn on the",
      "public Telco table. Both layouts are read, which tests show on small files of their form.",
    ].join("\n"),
    columns: ["workload", "model", "score", "mean", "deviation", "CPU seconds", "bar"],
    rows: rows.map(cells),
  };
  await report(figures);
}

function cells({ workload, model, score, mean, deviation, cpu }: AccuracyRow): string[] {
  const shown = (value: number) =>
    score === "accuracy" ? `${(100 * value).toFixed(1)} %` : value.toFixed(4);
  const bar = model === "ours" ? (bars[workload] ?? "") : "";
  return [workload, model, score, shown(mean), shown(deviation), cpu.toFixed(2), bar];
}
