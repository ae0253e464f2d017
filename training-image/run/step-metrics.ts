import type { MetricPoint } from "../../contracts/mlflow-types.ts";

/** More points than this say nothing more on a chart. */
const maximumPoints = 1000;

/** Gathers what was measured in each step, thinned out evenly, as points for the registry. */
export class StepMetrics {
  readonly #start: number;
  readonly #stride: number;
  readonly #points: MetricPoint[] = [];
  #last = 0;

  /**
   * @param start when the run began, in milliseconds since 1970. A step is dated by its number and not by the clock,
   *   so that a retry writes the points that are already there instead of a second set.
   * @param steps how many steps are expected
   */
  constructor(start: number, steps: number) {
    this.#start = start;
    this.#stride = Math.max(1, Math.ceil(steps / maximumPoints));
  }

  add(firstStep: number, traces: Readonly<Record<string, ArrayLike<number>>>): void {
    for (const [key, values] of Object.entries(traces)) {
      for (let index = 0; index < values.length; index++) {
        const step = firstStep + index;
        this.#last = Math.max(this.#last, step);
        if ((step - 1) % this.#stride === 0)
          this.#points.push(this.#point(key, values[index], step));
      }
    }
  }

  /** Points of what holds for the run as a whole. */
  final(metrics: Readonly<Record<string, number>>): MetricPoint[] {
    return Object.entries(metrics).map(([key, value]) => this.#point(key, value, this.#last));
  }

  /** Says that steps up to this one were made before, by another attempt. */
  reached(step: number): void {
    this.#last = Math.max(this.#last, step);
  }

  /** Hands over the points since the last time; those that `send` does not take are handed over again. */
  async flush(send: (points: MetricPoint[]) => Promise<void>): Promise<void> {
    const points = this.#points.slice();
    await send(points);
    this.#points.splice(0, points.length);
  }

  #point(key: string, value = Number.NaN, step: number): MetricPoint {
    return { key, value: registryNumber(value), timestamp: this.#start + step, step };
  }
}

function registryNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
