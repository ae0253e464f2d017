import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { metricLabels as labels, servingMetrics } from "../../contracts/metric-names.ts";
import type { AnswerLineage, ServedModel } from "./model/model.ts";

const modelLabels = [
  labels.modelName,
  labels.modelVersion,
  labels.release,
  labels.slot,
  labels.dataVersion,
  labels.image,
] as const;

const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What a server tells Prometheus. Every label has a bounded set of values: names of routes and of configured models. */
export class Metrics {
  readonly registry = new Registry();
  readonly #image: string;
  #known: readonly AnswerLineage[] = [];

  readonly #requests = new Counter({
    name: servingMetrics.requests,
    help: "HTTP requests by route template, method and status",
    labelNames: [labels.path, labels.method, labels.status],
    registers: [this.registry],
  });
  readonly #requestDuration = new Histogram({
    name: servingMetrics.requestDuration,
    help: "Time from a request's head to the end of its answer, in seconds",
    labelNames: [labels.path],
    buckets: seconds,
    registers: [this.registry],
  });
  readonly #predictions = new Counter({
    name: servingMetrics.predictions,
    help: "Rows predicted",
    labelNames: modelLabels,
    registers: [this.registry],
  });
  readonly #predictionDuration = new Histogram({
    name: servingMetrics.predictionDuration,
    help: "Time of one run of a model, in seconds",
    labelNames: modelLabels,
    buckets: seconds,
    registers: [this.registry],
  });
  readonly #info = new Gauge({
    name: servingMetrics.info,
    help: "1 for each release that is served",
    labelNames: modelLabels,
    registers: [this.registry],
  });
  readonly #loadTimestamp = new Gauge({
    name: servingMetrics.loadTimestamp,
    help: "When a release became ready, in seconds since 1970",
    labelNames: modelLabels,
    registers: [this.registry],
  });
  readonly #errors = new Counter({
    name: servingMetrics.errors,
    help: "Failures by kind: of requests, of loading, of configuration",
    labelNames: [labels.errorType, labels.modelName],
    registers: [this.registry],
  });

  constructor(image: string) {
    this.#image = image;
    collectDefaultMetrics({ register: this.registry });
  }

  request(path: string, method: string, status: number, durationSeconds: number): void {
    this.#requests.inc({ path, method, status: String(status) });
    this.#requestDuration.observe({ path }, durationSeconds);
  }

  prediction(lineage: AnswerLineage, rows: number, durationSeconds: number): void {
    // A run that outlives its model's retirement must not bring the retired series back.
    if (!this.#known.includes(lineage)) return;
    const values = this.#labels(lineage);
    this.#predictions.inc(values, rows);
    this.#predictionDuration.observe(values, durationSeconds);
  }

  /** @param model a configured model's name, or empty where the failure is of none */
  error(type: string, model = ""): void {
    this.#errors.inc({ [labels.errorType]: type, [labels.modelName]: model });
  }

  /** Says what is served now; series of what is not served any more go. */
  serve(models: readonly ServedModel[]): void {
    const now = models.map((model) => model.lineage);
    for (const gone of this.#known.filter((lineage) => !now.includes(lineage))) {
      const values = this.#labels(gone);
      for (const metric of [
        this.#predictions,
        this.#predictionDuration,
        this.#info,
        this.#loadTimestamp,
      ]) {
        metric.remove(values);
      }
    }
    this.#known = now;
    for (const { lineage, loadedAt } of models) {
      this.#predictions.inc(this.#labels(lineage), 0);
      this.#info.set(this.#labels(lineage), 1);
      this.#loadTimestamp.set(this.#labels(lineage), loadedAt.getTime() / 1000);
    }
  }

  #labels(lineage: AnswerLineage): Record<(typeof modelLabels)[number], string> {
    return {
      model_name: lineage.name,
      model_version: lineage.version,
      release: lineage.release,
      slot: lineage.slot,
      data_version: lineage.dataVersion,
      image: this.#image,
    };
  }
}
