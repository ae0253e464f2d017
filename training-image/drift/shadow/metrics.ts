import { Gauge, Registry } from "prom-client";
import { metricLabels as labels, shadowMetrics as names } from "../../../contracts/metric-names.ts";
import { type ShadowResult, ShadowVerdict } from "../../../contracts/shadow.ts";
import { pushMetrics } from "../push.ts";

/** What a look at a window found, for Prometheus (SPEC T-02). What was not compared is absent, never 0. */
export function shadowRegistry(results: readonly ShadowResult[], now: Date): Registry {
  const registry = new Registry();
  const of = [labels.environment, labels.modelName, labels.release, labels.primaryRelease];
  const gauge = (name: string, help: string, ...more: string[]) =>
    new Gauge({ name, help, labelNames: [...of, ...more], registers: [registry] });
  const disagreement = gauge(
    names.disagreement,
    "Share of rows on which shadow and primary disagree",
  );
  const mean = gauge(names.differenceMean, "Mean absolute difference of predicted numbers");
  const max = gauge(names.differenceMax, "The largest");
  const relativeMean = gauge(names.relativeMean, "Mean difference over the larger of two numbers");
  const relativeMax = gauge(names.relativeMax, "The largest");
  const probability = gauge(names.probabilityMax, "Largest difference of a class's probability");
  const pairs = gauge(names.pairs, "Requests that both answered");
  const unpaired = gauge(names.unpaired, "Requests that one side alone answered", labels.side);
  const answered = gauge(names.answeredShare, "Share of clients' answers the shadow has one to");
  const nonFinite = gauge(names.nonFinite, "Rows answered NaN or infinity", labels.side);
  const duration = gauge(
    names.duration,
    "Of the model's run and the wait for it",
    labels.side,
    labels.quantile,
  );
  const verdict = gauge(names.verdict, "1 for what came of it", labels.verdict);
  const lastRun = gauge(names.lastRun, "When a shadow was compared last, in seconds since 1970");
  for (const result of results) {
    const { environment, model, release = "none", primary = "none", durationMs } = result;
    const own = {
      [labels.environment]: environment,
      [labels.modelName]: model,
      [labels.release]: release,
      [labels.primaryRelease]: primary,
    };
    const set = (metric: Gauge, value: number | undefined, more = {}) =>
      value === undefined ? undefined : metric.set({ ...own, ...more }, value);
    set(disagreement, result.disagreement);
    set(mean, result.absolute?.mean);
    set(max, result.absolute?.max);
    set(relativeMean, result.relative?.mean);
    set(relativeMax, result.relative?.max);
    set(probability, result.probability);
    set(pairs, result.pairs);
    set(answered, result.answered);
    for (const side of ["primary", "shadow"] as const) {
      const more = { [labels.side]: side };
      set(unpaired, result.unpaired[side], more);
      set(nonFinite, result.nonFinite?.[side], more);
      if (durationMs === undefined) continue;
      set(duration, durationMs[side].p50 / 1000, { ...more, [labels.quantile]: "0.5" });
      set(duration, durationMs[side].p99 / 1000, { ...more, [labels.quantile]: "0.99" });
    }
    for (const option of ShadowVerdict.options) {
      set(verdict, option === result.verdict ? 1 : 0, { [labels.verdict]: option });
    }
    set(lastRun, now.getTime() / 1000);
  }
  return registry;
}

/**
 * Puts the metrics of one model on a Pushgateway, in place of those of its last run.
 * @throws Error where the gateway does not take them
 */
export function pushShadow(
  url: string,
  results: readonly ShadowResult[],
  place: { environment: string; model: string },
  now: Date,
): Promise<void> {
  const hasCompared = results.some(({ verdict }) => verdict === "compared");
  const help = "When a shadow was compared last with enough pairs, in seconds since 1970";
  return pushMetrics(url, place, now, {
    job: "shadow",
    registry: shadowRegistry(results, now),
    success: hasCompared ? { name: names.lastSuccess, help } : undefined,
  });
}
