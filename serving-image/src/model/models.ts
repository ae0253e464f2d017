import type { Logger } from "pino";
import { setTimeout as pause } from "node:timers/promises";
import type { ServedModel as Wanted, ServingConfig } from "../../../contracts/serving-config.ts";
import { LoadError, type LoadReason } from "./errors.ts";
import type { ServedModel } from "./model.ts";

/** Why a model of the configuration is not served. */
export interface Problem {
  model: string;
  reason: LoadReason;
  message: string;
}

export interface ModelsOptions {
  load: (wanted: Wanted, config: ServingConfig) => Promise<ServedModel>;
  log: Logger;
  /** Called for each load that failed, before it is tried again. */
  onFailure: (problem: Problem) => void;
  /** Called after each change of what is served. */
  onChange: (models: readonly ServedModel[]) => void;
  /** First pause before another try in milliseconds; it doubles. */
  retryMs: number;
}

const longestPauseMs = 15_000;

/**
 * The models a server holds. A new configuration is loaded beside what is served and takes its place in one step
 * once all of it is there; until then, and where it never comes, the old one serves.
 */
export class Models {
  readonly #options: ModelsOptions;
  #served: ReadonlyMap<string, ServedModel> = new Map();
  #problems = new Map<string, Problem>();
  #isComplete = false;
  #loading = new AbortController();

  constructor(options: ModelsOptions) {
    this.#options = options;
  }

  /** Whether every model that was configured is served. Stays true while a later configuration loads. */
  get isReady(): boolean {
    return this.#isComplete && this.#served.size > 0;
  }

  get served(): readonly ServedModel[] {
    return [...this.#served.values()];
  }

  /** What does not load (yet), by model. */
  get problems(): readonly Problem[] {
    return [...this.#problems.values()];
  }

  get(name: string): ServedModel | undefined {
    return this.#served.get(name);
  }

  /** Loads a configuration, however long it takes. Resolves when it is served or another one took over. */
  async apply(config: ServingConfig): Promise<void> {
    this.#loading.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.#problems = new Map(
      config.models
        .filter((wanted) => !this.#holds(wanted, config))
        .map(({ name }) => [name, { model: name, reason: "loading", message: "is loading" }]),
    );
    const loaded = await Promise.all(
      config.models.map(async (wanted) =>
        this.#holds(wanted, config)
          ? this.get(wanted.name)
          : this.#loadUntilDone(wanted, config, loading.signal),
      ),
    );
    const fresh = loaded.filter((model) => model !== undefined);
    if (loading.signal.aborted) {
      await this.#retire(fresh.filter((model) => this.get(model.lineage.name) !== model));
      return;
    }
    const before = this.served;
    this.#served = new Map(fresh.map((model) => [model.lineage.name, model]));
    this.#isComplete = true;
    this.#options.onChange(fresh);
    await this.#retire(before.filter((model) => !fresh.includes(model)));
  }

  /** Stops loading. What is served stays. */
  stop(): void {
    this.#loading.abort();
  }

  #holds(wanted: Wanted, config: ServingConfig): boolean {
    const lineage = this.get(wanted.name)?.lineage;
    return (
      lineage?.release === wanted.release &&
      lineage.version === wanted.version &&
      lineage.slot === config.slot &&
      lineage.environment === config.environment
    );
  }

  async #loadUntilDone(
    wanted: Wanted,
    config: ServingConfig,
    signal: AbortSignal,
  ): Promise<ServedModel | undefined> {
    for (
      let wait = this.#options.retryMs;
      !signal.aborted;
      wait = Math.min(wait * 2, longestPauseMs)
    ) {
      try {
        const model = await this.#options.load(wanted, config);
        if (!signal.aborted) this.#problems.delete(wanted.name);
        return model;
      } catch (error) {
        if (signal.aborted) return undefined;
        const problem = describe(wanted.name, error);
        this.#problems.set(wanted.name, problem);
        this.#options.onFailure(problem);
        // Servers that start together should not come back together.
        await pause(wait * (0.75 + Math.random() / 2), undefined, { signal }).catch(
          () => undefined,
        );
      }
    }
    return undefined;
  }

  async #retire(models: readonly ServedModel[]): Promise<void> {
    for (const model of models) {
      await model.retire().catch((error: unknown) => {
        this.#options.log.error({ error, model: model.lineage.name }, "a model did not close");
      });
    }
  }
}

function describe(model: string, error: unknown): Problem {
  if (error instanceof LoadError) return { model, reason: error.reason, message: error.message };
  return { model, reason: "release-invalid", message: (error as Error).message };
}
