import { Counter, Gauge, type Registry } from "prom-client";
import {
  metricLabels as labels,
  servingMetrics as names,
} from "../../../contracts/metric-names.ts";
import type { Reading } from "../observer/messages.ts";
import type { ModelSeries } from "./model-series.ts";

/** What the observing thread counted, for Prometheus. */
export class ObserverMetrics {
  readonly #written: Counter;
  readonly #lost: Counter;
  readonly #waiting: Gauge;
  readonly #sent: Counter;
  readonly #eventsLost: Counter;
  readonly #feedback: Counter;

  constructor(registry: Registry) {
    const counter = (name: string, help: string, ...labelNames: string[]) =>
      new Counter({ name, help, labelNames, registers: [registry] });
    this.#written = counter(names.auditWritten, "Audit records in the store", labels.modelName);
    this.#lost = counter(
      names.auditLost,
      "Audit records that were lost, by reason",
      labels.modelName,
      labels.reason,
    );
    this.#waiting = new Gauge({
      name: names.auditWaiting,
      help: "Audit records that are not in the store yet",
      registers: [registry],
    });
    this.#sent = counter(names.eventsSent, "CloudEvents that the sink took");
    this.#eventsLost = counter(names.eventsLost, "CloudEvents lost, by reason", labels.reason);
    this.#feedback = counter(
      names.feedback,
      "Labels that came, by whether their answer was known",
      labels.modelName,
      labels.result,
    );
  }

  /** @param seriesOf what is counted of a loaded release; undefined where it is not served any more */
  apply(reading: Reading, seriesOf: (key: number) => ModelSeries | undefined): void {
    switch (reading.of) {
      case "audit-written":
        return this.#written.inc({ model_name: reading.model }, reading.count);
      case "audit-lost":
        return void this.lost(reading.model, reading.count, reading.reason);
      case "audit-waiting":
        return this.#waiting.set(reading.count);
      case "events-sent":
        return this.#sent.inc(reading.count);
      case "events-lost":
        return this.#eventsLost.inc({ reason: reading.reason }, reading.count);
      case "feedback": {
        const { model, result, count } = reading;
        return this.#feedback.inc({ model_name: model, result }, count);
      }
      default:
        seriesOf(reading.key)?.apply(reading);
    }
  }

  lost(model: string, count: number, reason: string): void {
    this.#lost.inc({ model_name: model, reason }, count);
  }
}
