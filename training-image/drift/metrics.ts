import { Gauge, Registry } from "prom-client";
import { driftMetrics as names, metricLabels as labels } from "../../contracts/metric-names.ts";
import { type DriftResult, DriftVerdict } from "../../contracts/drift.ts";
import { pushMetrics } from "./push.ts";

/** What a look at a window found, for Prometheus (SPEC U-14, K-07). What was not measured is absent, never 0. */
export function driftRegistry(results: readonly DriftResult[], now: Date): Registry {
  const registry = new Registry();
  const of = [labels.environment, labels.modelName, labels.release];
  const gauge = (name: string, help: string, ...more: string[]) =>
    new Gauge({ name, help, labelNames: [...of, ...more], registers: [registry] });
  const psi = gauge(names.psi, "Population stability index of a feature", labels.feature);
  const psiMax = gauge(names.psiMax, "The largest of the features");
  const psiMean = gauge(names.psiMean, "The mean of the features");
  const share = gauge(names.driftedShare, "Share of features at or over the threshold");
  const prediction = gauge(names.predictionPsi, "Population stability index of the predictions");
  const rows = gauge(names.rows, "Rows in the window");
  const lost = gauge(names.lostRecords, "Audit records that servers lost in the window");
  const verdict = gauge(names.verdict, "1 for what came of it", labels.verdict);
  const accuracy = gauge(names.accuracy, "Share of right predictions among labelled rows");
  const drop = gauge(names.accuracyDrop, "Accuracy at admission, less that of labelled rows");
  const error = gauge(names.error, "Mean absolute error of labelled rows");
  const labelled = gauge(names.labelledRows, "Rows that were labelled");
  const lastRun = gauge(names.lastRun, "When drift was looked at last, in seconds since 1970");
  for (const result of results) {
    const { environment, model, release = "none", quality } = result;
    const own = { environment, model_name: model, release };
    const set = (metric: Gauge, value: number | undefined) =>
      value === undefined ? undefined : metric.set(own, value);
    for (const feature of result.features) psi.set({ ...own, feature: feature.name }, feature.psi);
    set(psiMax, result.psi?.max);
    set(psiMean, result.psi?.mean);
    set(share, result.drifted?.share);
    set(prediction, result.prediction?.psi);
    set(rows, result.rows);
    set(
      lost,
      Object.values(result.lost).reduce((sum, records) => sum + records, 0),
    );
    for (const option of DriftVerdict.options) {
      verdict.set({ ...own, verdict: option }, option === result.verdict ? 1 : 0);
    }
    set(accuracy, quality?.accuracy);
    set(drop, quality?.drop);
    set(error, quality?.error);
    set(labelled, quality?.rows);
    set(lastRun, now.getTime() / 1000);
  }
  return registry;
}

/**
 * Puts the metrics of one model on a Pushgateway, in place of those of its last run.
 * @throws Error where the gateway does not take them
 */
export function pushDrift(
  url: string,
  results: readonly DriftResult[],
  place: { environment: string; model: string },
  now: Date,
): Promise<void> {
  const hasMeasured = results.some(({ verdict }) => verdict === "measured");
  const help = "When drift was measured last, in seconds since 1970";
  return pushMetrics(url, place, now, {
    job: "drift",
    registry: driftRegistry(results, now),
    success: hasMeasured ? { name: names.lastSuccess, help } : undefined,
  });
}
