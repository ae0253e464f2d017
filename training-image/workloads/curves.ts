import { lineChart } from "../plots/line-chart.ts";
import { toPng } from "../plots/png.ts";
import type { Checkpoint, TrainingContext } from "./workload.ts";

export interface CurveLabels {
  subtitle: string;
  /** What the loss is measured in. */
  yLabel: string;
}

/** More steps than this say nothing more on a chart; of a longer training every second is kept, or every fourth. */
const mostSteps = 8192;

/** What the curves are called in a checkpoint. */
const prefix = "curves/";
const stepsName = `${prefix}step`;

type Traces = Readonly<Record<string, ArrayLike<number>>>;

/** Values of the loss and its parts, gathered while a training goes on (SPEC G-04). */
export class Curves {
  readonly #labels: CurveLabels;
  #steps: number[] = [];
  #values: Record<string, number[]> = {};

  constructor(labels: CurveLabels) {
    this.#labels = labels;
  }

  /**
   * A context that gathers what is told. Its checkpoints carry the curves, so that the picture of a training that was
   * interrupted shows all of it.
   */
  watch(context: TrainingContext): TrainingContext {
    const { checkpoints } = context;
    return {
      ...context,
      progress: (firstStep, traces) => {
        this.#add(firstStep, traces);
        context.progress(firstStep, traces);
      },
      checkpoints: {
        last: async () => {
          const last = await checkpoints.last();
          if (last !== undefined) this.#resume(last);
          return last;
        },
        offer: (checkpoint) =>
          checkpoints.offer({
            ...checkpoint,
            vectors: { ...checkpoint.vectors, ...this.#vectors() },
          }),
      },
    };
  }

  #add(firstStep: number, traces: Traces): void {
    const all = Object.entries(traces);
    const count = Math.max(0, ...all.map(([, values]) => values.length));
    for (let index = 0; index < count; index++) {
      const step = firstStep + index;
      if ((step - 1) % this.#stride() !== 0) continue;
      this.#steps.push(step);
      for (const [name, values] of all) (this.#values[name] ??= []).push(values[index] as number);
      if (this.#steps.length > mostSteps) this.#thin();
    }
  }

  /** From one step that is kept to the next. */
  #stride(): number {
    const [first = 0, second = first + 1] = this.#steps;
    return second - first;
  }

  #thin(): void {
    const everySecond = (values: number[]) => values.filter((_, index) => index % 2 === 0);
    this.#steps = everySecond(this.#steps);
    for (const [name, values] of Object.entries(this.#values)) {
      this.#values[name] = everySecond(values);
    }
  }

  #vectors(): Checkpoint["vectors"] {
    const named = Object.entries(this.#values).map(([name, values]) => [
      prefix + name,
      new Float32Array(values),
    ]);
    return { ...Object.fromEntries(named), [stepsName]: new Float32Array(this.#steps) };
  }

  #resume({ vectors }: Checkpoint): void {
    this.#steps = Array.from(vectors[stepsName] ?? []);
    this.#values = {};
    for (const [name, values] of Object.entries(vectors)) {
      if (!name.startsWith(prefix) || name === stepsName) continue;
      this.#values[name.slice(prefix.length)] = Array.from(values);
    }
  }

  /** PNG files by path; none where no step was made. */
  async picture(model: string): Promise<Record<string, Uint8Array>> {
    if (this.#steps.length === 0) return {};
    const series = Object.entries(this.#values).map(([name, y]) => ({ name, x: this.#steps, y }));
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
  const result = await train(curves.watch(context));
  for (const [path, content] of Object.entries(await curves.picture(context.model))) {
    await context.artifact(path, content);
  }
  return result;
}
