import { Gauge, Pushgateway, Registry } from "prom-client";
import { metricLabels as labels } from "../../contracts/metric-names.ts";

export interface Pushed {
  /** Name of the group on the gateway. */
  job: string;
  registry: Registry;
  /** The metric of when a run last found something; absent where this run found nothing. */
  success: { name: string; help: string } | undefined;
}

/**
 * Puts the metrics of one model on a Pushgateway, in place of those of its last run. When a run last found something is
 * a group of its own, which a run that fails leaves as it is.
 * @throws Error where the gateway does not take them
 */
export async function pushMetrics(
  url: string,
  { environment, model }: { environment: string; model: string },
  now: Date,
  { job, registry, success }: Pushed,
): Promise<void> {
  const groupings = { [labels.environment]: environment, [labels.modelName]: model };
  const push = (metrics: Registry, jobName: string) =>
    new Pushgateway(url, { timeout: 10_000 }, metrics).push({ jobName, groupings });
  await push(registry, job);
  if (success === undefined) return;
  const successes = new Registry();
  new Gauge({
    ...success,
    labelNames: Object.keys(groupings),
    registers: [successes],
  }).set(groupings, now.getTime() / 1000);
  await push(successes, `${job}-success`);
}
