import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/**
 * Metrics that are plain numbers until somebody scrapes. prom-client finds a series by sorting and joining its labels on
 * each observation, which costs more than a small model's run.
 */
export type Labels = Readonly<Record<string, string>>;

/** What is published: each series by its labels, as of now. */
export type Published<T> = () => Iterable<readonly [Labels, T]>;

export interface MetricName {
  name: string;
  help: string;
  labels: readonly string[];
}

/** How values spread over buckets. */
export class Spread {
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[];
  /** Values in each bucket alone; the last is of all above the last bound. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let place = 0;
    while (place < bounds.length && value > (bounds[place] as number)) place++;
    counts[place] = (counts[place] as number) + 1;
    this.sum += value;
  }

  get count(): number {
    return this.counts.reduce((total, count) => total + count, 0);
  }
}

export const publishCounter = publisher(Counter);
export const publishGauge = publisher(Gauge);

function publisher(Kind: typeof Counter | typeof Gauge) {
  return (
    registry: Registry,
    { name, help, labels }: MetricName,
    values: Published<number>,
  ): void => {
    new Kind({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        this.reset();
        for (const [of, value] of values()) this.inc(of, value);
      },
    });
  };
}

export function publishHistogram(
  registry: Registry,
  name: MetricName & { buckets: readonly number[] },
  spreads: Published<Spread>,
): void {
  new SpreadHistogram(registry, name, spreads);
}

type Values = Awaited<ReturnType<Histogram["get"]>>;

/** A prom-client histogram whose values are held elsewhere. */
class SpreadHistogram extends Histogram {
  readonly #spreads: Published<Spread>;
  readonly #name: MetricName;

  constructor(
    registry: Registry,
    name: MetricName & { buckets: readonly number[] },
    spreads: Published<Spread>,
  ) {
    const { name: text, help, labels, buckets } = name;
    super({
      name: text,
      help,
      labelNames: [...labels],
      buckets: [...buckets],
      registers: [registry],
    });
    this.#name = name;
    this.#spreads = spreads;
  }

  override get(): Promise<Values> {
    const { name, help } = this.#name;
    const values: Values["values"] = [];
    for (const [labels, spread] of this.#spreads()) {
      let count = 0;
      spread.counts.forEach((inBucket, place) => {
        count += inBucket;
        const le = spread.bounds[place] ?? "+Inf";
        values.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: count });
      });
      values.push({ metricName: `${name}_sum`, labels, value: spread.sum });
      values.push({ metricName: `${name}_count`, labels, value: count });
    }
    return Promise.resolve({ name, help, type: "histogram", values, aggregator: "sum" } as never);
  }

  /** What the registry asks for when it writes text. */
  getForPromString(): Promise<Values> {
    return this.get();
  }
}
