import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { metricLabels as label, servingMetrics } from "../contracts/metric-names.ts";
import { shortDigest } from "../contracts/release.ts";
import type { Slot } from "../contracts/serving-config.ts";
import type { ErrorType } from "./errors.ts";
import type { LoadedModel } from "./models/loaded-model.ts";

const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const modelLabels = [label.modelName, label.modelVersion, label.release, label.slot] as const;

/** What a server tells Prometheus (SPEC U-11). Every label has few values: paths are the routes' templates. */
export class ServerMetrics {
  readonly registry = new Registry();
  readonly #image: string;
  readonly #requests = this.#counter(servingMetrics.requests, "Requests by route and status", [
    label.path,
    label.method,
    label.status,
  ]);
  readonly #duration = new Histogram({
    name: servingMetrics.requestDuration,
    help: "Time from request to answer",
    labelNames: [label.path],
    buckets,
    registers: [this.registry],
  });
  readonly #predictions = this.#counter(servingMetrics.predictions, "Rows that were answered", [
    ...modelLabels,
  ]);
  readonly #predictionDuration = new Histogram({
    name: servingMetrics.predictionDuration,
    help: "Time of one inference request inside the server",
    labelNames: [...modelLabels],
    buckets,
    registers: [this.registry],
  });
  readonly #info = new Gauge({
    name: servingMetrics.info,
    help: "The releases that are loaded",
    labelNames: [...modelLabels, label.dataVersion, label.image],
    registers: [this.registry],
  });
  readonly #loaded = new Gauge({
    name: servingMetrics.loadTimestamp,
    help: "When the release was loaded, in seconds since 1970",
    labelNames: [...modelLabels],
    registers: [this.registry],
  });
  readonly #errors = this.#counter(servingMetrics.errors, "Errors by kind", [label.errorType]);

  constructor(image: string) {
    this.#image = image;
    collectDefaultMetrics({ register: this.registry });
  }

  answered(path: string, method: string, status: number, seconds: number): void {
    this.#requests.inc({
      [label.path]: path,
      [label.method]: method,
      [label.status]: String(status),
    });
    this.#duration.observe({ [label.path]: path }, seconds);
  }

  predicted(model: LoadedModel, slot: Slot, rows: number, seconds: number): void {
    this.#predictions.inc(labelsOf(model, slot), rows);
    this.#predictionDuration.observe(labelsOf(model, slot), seconds);
  }

  failed(type: ErrorType): void {
    this.#errors.inc({ [label.errorType]: type });
  }

  loaded(model: LoadedModel, slot: Slot): void {
    this.#info.set(this.#infoLabels(model, slot), 1);
    this.#loaded.set(labelsOf(model, slot), Date.now() / 1_000);
  }

  unloaded(model: LoadedModel, slot: Slot): void {
    this.#info.remove(this.#infoLabels(model, slot));
    this.#loaded.remove(labelsOf(model, slot));
  }

  #infoLabels(model: LoadedModel, slot: Slot) {
    return {
      ...labelsOf(model, slot),
      [label.dataVersion]: model.lineage.dataVersion,
      [label.image]: this.#image,
    };
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}

function labelsOf({ lineage }: LoadedModel, slot: Slot): Record<string, string> {
  return {
    [label.modelName]: lineage.name,
    [label.modelVersion]: lineage.version,
    [label.release]: shortDigest(lineage.release),
    [label.slot]: slot,
  };
}
