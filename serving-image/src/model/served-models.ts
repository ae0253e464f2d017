import type { Logger } from "pino";
import { ObjectStore } from "../../../contracts/object-store.ts";
import { ReleaseStore } from "../../../contracts/release-store.ts";
import type { ServingConfig } from "../../../contracts/serving-config.ts";
import { cpuLimit } from "../config/cpu-limit.ts";
import type { Settings } from "../config/settings.ts";
import type { Metrics } from "../metrics.ts";
import { loadModel } from "./load.ts";
import type { ServedModel } from "./model.ts";
import { Models } from "./models.ts";
import type { RunEvents } from "./run/events.ts";
import { threadPlan } from "./run/threads.ts";

export interface ServedModelsOptions {
  settings: Settings;
  metrics: Metrics;
  log: Logger;
  onChange: (models: readonly ServedModel[]) => void;
}

/** The models of a server: from its object store, on its processors, with what happens to them counted and logged. */
export function servedModels({ settings, metrics, log, onChange }: ServedModelsOptions): Models {
  const plan = threadPlan(cpuLimit());
  const { queue, provider } = settings;
  const events: RunEvents = {
    batch: (lineage, { rows, place }) => metrics.run(lineage, rows, place),
    // The answer tells it, and is counted.
    refused: () => undefined,
    workerLost: ({ name, version }, message) => {
      log.error({ model: name, version, message }, "a model's worker is lost");
      metrics.error("worker-lost", name);
    },
  };
  return new Models({
    load: (wanted, config) => {
      const store = storeOf(config, settings);
      return loadModel(wanted, { store, place: config, plan, queue, provider, events });
    },
    log,
    onFailure: (problem) => {
      log.warn(problem, "a model does not load; it is tried again");
      metrics.error(problem.reason, problem.model);
    },
    onChange: (models) => {
      const told = models.map(({ lineage, placement }) => ({ ...lineage, ...placement }));
      log.info({ models: told }, "serving");
      onChange(models);
    },
    retryMs: settings.retryMs,
  });
}

function storeOf({ objects }: ServingConfig, { credentials }: Settings): ReleaseStore {
  const { endpoint, region, bucket } = objects;
  // Few tries and short ones: a load that fails is told, then tried again as a whole.
  const patience = { retries: 1, retryDelayMs: 100, timeoutMs: 20_000 };
  return new ReleaseStore(
    new ObjectStore({ endpoint, region, ...credentials, ...patience }),
    bucket,
  );
}
