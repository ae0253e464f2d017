import { fileURLToPath } from "node:url";
import { accuracies, type AccuracyRow } from "./accuracy.ts";
import type { Figures } from "./figures.ts";
import { peerPython } from "./python-peer.ts";
import { report } from "./report.ts";

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
      "trainings and their scoring. scikit-learn's models see the same folds. The defaults of digits and churn were chosen on",
      "folds of the same rows by another seed (7), those of wine on several, so none was tuned on the folds shown, but all rows",
      "took part in the choice. The best attainable area under the curve of churn is 0.9058. By `npm run bench:training`.",
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
