import { collectDefaultMetrics, Counter, Registry } from "prom-client";
import { metricLabels as labels, servingMetrics as names } from "../../contracts/metric-names.ts";
import { batchSizes, modelLabels, ModelSeries, seconds } from "./metrics/model-series.ts";
import { publishObserved } from "./metrics/observed-series.ts";
import {
  publishCounter,
  publishGauge,
  publishHistogram,
  type Published,
  Spread,
} from "./metrics/series.ts";
import { ObserverMetrics } from "./metrics/observer-metrics.ts";
import type { AnswerLineage, ServedModel } from "./model/model.ts";

/** What happened on one route. */
interface RouteSeries {
  duration: Spread;
  /** Requests by method, then by status. */
  requests: Map<string, Map<number, number>>;
}

/**
 * What a server tells Prometheus. Every label has a bounded set of values: names of routes, of configured models, of
 * features in their contracts, of kinds of failure.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly observer = new ObserverMetrics(this.registry);
  readonly #image: string;
  readonly #routes = new Map<string, RouteSeries>();
  #models = new Map<AnswerLineage, ModelSeries>();
  #served: readonly ServedModel[] = [];

  readonly #errors = new Counter({
    name: names.errors,
    help: "Failures by kind: of requests, of loading, of configuration",
    labelNames: [labels.errorType, labels.modelName],
    registers: [this.registry],
  });

  constructor(image: string) {
    this.#image = image;
    collectDefaultMetrics({ register: this.registry });
    this.#publishRoutes();
    this.#publishModels();
  }

  request(path: string, method: string, status: number, durationSeconds: number): void {
    let route = this.#routes.get(path);
    if (route === undefined) {
      route = { duration: new Spread(seconds), requests: new Map() };
      this.#routes.set(path, route);
    }
    route.duration.observe(durationSeconds);
    let byStatus = route.requests.get(method);
    if (byStatus === undefined) route.requests.set(method, (byStatus = new Map()));
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  }

  prediction(lineage: AnswerLineage, rows: number, durationSeconds: number): void {
    const series = this.#models.get(lineage);
    if (series === undefined) return;
    series.rows += rows;
    series.duration.observe(durationSeconds);
  }

  /** One run of a graph, of one request or of several together. */
  run(lineage: AnswerLineage, rows: number, where: "inline" | "worker"): void {
    const series = this.#models.get(lineage);
    if (series === undefined) return;
    if (where === "inline") series.inlineRuns++;
    else series.workerRuns++;
    series.batchRows.observe(rows);
  }

  /** @param model a configured model's name, or empty where the failure is of none */
  error(type: string, model = ""): void {
    this.#errors.inc({ [labels.errorType]: type, [labels.modelName]: model });
    if (type !== "no-finite-answer") return;
    for (const [{ name }, series] of this.#models) if (name === model) series.nanAnswers++;
  }

  /** What is counted of a release. Undefined where it is not served any more: a late run must not bring it back. */
  of(lineage: AnswerLineage): ModelSeries | undefined {
    return this.#models.get(lineage);
  }

  /** Says what is served now; series of what is not served any more go. */
  serve(models: readonly ServedModel[]): void {
    this.#served = models;
    this.#models = new Map(
      models.map(({ lineage }) => [
        lineage,
        this.#models.get(lineage) ?? new ModelSeries(lineage, this.#image),
      ]),
    );
  }

  #publishRoutes(): void {
    const routes = this.#routes;
    publishCounter(
      this.registry,
      {
        name: names.requests,
        help: "HTTP requests by route template, method and status",
        labels: [labels.path, labels.method, labels.status],
      },
      function* () {
        for (const [path, { requests }] of routes) {
          for (const [method, byStatus] of requests) {
            for (const [status, count] of byStatus) {
              yield [{ path, method, status: String(status) }, count];
            }
          }
        }
      },
    );
    publishHistogram(
      this.registry,
      {
        name: names.requestDuration,
        help: "Time from a request's head to the end of its answer, in seconds",
        labels: [labels.path],
        buckets: seconds,
      },
      function* () {
        for (const [path, { duration }] of routes) yield [{ path }, duration];
      },
    );
  }

  #publishModels(): void {
    const ofModels =
      <T>(read: (series: ModelSeries) => T): Published<T> =>
      () =>
        [...this.#models.values()].map((series) => [series.labels, read(series)]);
    const counter = (name: string, help: string, read: (series: ModelSeries) => number) =>
      publishCounter(this.registry, { name, help, labels: modelLabels }, ofModels(read));
    const gauge = (name: string, help: string, read: (model: ServedModel) => number) =>
      publishGauge(this.registry, { name, help, labels: modelLabels }, () =>
        this.#served.flatMap((model) => {
          const series = this.#models.get(model.lineage);
          return series === undefined ? [] : [[series.labels, read(model)] as const];
        }),
      );
    counter(names.predictions, "Rows predicted", ({ rows }) => rows);
    publishHistogram(
      this.registry,
      {
        name: names.predictionDuration,
        help: "Time from a question to its answer by a model, in seconds",
        labels: modelLabels,
        buckets: seconds,
      },
      ofModels(({ duration }) => duration),
    );
    publishHistogram(
      this.registry,
      {
        name: names.batchRows,
        help: "Rows of one run of a model",
        labels: modelLabels,
        buckets: batchSizes,
      },
      ofModels(({ batchRows }) => batchRows),
    );
    counter(names.nanAnswers, "Requests whose answer was NaN or infinite", (of) => of.nanAnswers);
    gauge(names.info, "1 for each release that is served", () => 1);
    gauge(names.queueDepth, "Requests that wait for a run", ({ queued }) => queued);
    gauge(
      names.exampleRun,
      "Time of one run with the contract's example, measured when the model was loaded, in seconds",
      ({ placement }) => placement.runSeconds,
    );
    gauge(
      names.loadTimestamp,
      "When a release became ready, in seconds since 1970",
      ({ loadedAt }) => loadedAt.getTime() / 1000,
    );
    const models = () => this.#models.values();
    publishCounter(
      this.registry,
      {
        name: names.runs,
        help: "Runs of a model by where: on the event loop, or in a worker thread",
        labels: [...modelLabels, labels.where],
      },
      function* () {
        for (const { labels: of, inlineRuns, workerRuns } of models()) {
          yield [{ ...of, where: "inline" }, inlineRuns];
          yield [{ ...of, where: "worker" }, workerRuns];
        }
      },
    );
    publishObserved(this.registry, models);
  }
}
