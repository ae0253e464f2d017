import { lineChart } from "../plots/line-chart.ts";
import { toPng } from "../plots/png.ts";
import type { TrainingContext } from "./workload.ts";

export interface CurveLabels {
  subtitle: string;
  /** What the loss is measured in. */
  yLabel: string;
}

/** Values of the loss and its parts, gathered while a training goes on (SPEC G-04). */
export class Curves {
  readonly #labels: CurveLabels;
  #firstStep = 1;
  readonly #values = new Map<string, number[]>();

  constructor(labels: CurveLabels) {
    this.#labels = labels;
  }

  /** @param firstStep counts from 1; after an interruption the curves begin where the training went on */
  add(firstStep: number, traces: Readonly<Record<string, ArrayLike<number>>>): void {
    if (this.#values.size === 0) this.#firstStep = firstStep;
    for (const [name, values] of Object.entries(traces)) {
      const sofar = this.#values.get(name) ?? [];
      this.#values.set(name, sofar);
      for (let index = 0; index < values.length; index++) sofar.push(values[index] as number);
    }
  }

  /** PNG files by path; none where no step was made. */
  async picture(model: string): Promise<Record<string, Uint8Array>> {
    if (this.#values.size === 0) return {};
    const series = [...this.#values].map(([name, y]) => ({
      name,
      x: Float64Array.from(y, (_, index) => this.#firstStep + index),
      y,
    }));
    const chart = lineChart({
      title: `Training of ${model}`,
      xLabel: "step",
      yScale: "log",
      ...this.#labels,
      series,
    });
    return { "plots/training-curves.png": await toPng(chart) };
  }
}

/** Trains, and keeps a picture of the loss by step with the run. */
export async function withCurves<Result>(
  context: TrainingContext,
  labels: CurveLabels,
  train: (watched: TrainingContext) => Promise<Result>,
): Promise<Result> {
  const curves = new Curves(labels);
  const result = await train({
    ...context,
    progress(firstStep, traces) {
      curves.add(firstStep, traces);
      context.progress(firstStep, traces);
    },
  });
  for (const [path, content] of Object.entries(await curves.picture(context.model))) {
    await context.artifact(path, content);
  }
  return result;
}
