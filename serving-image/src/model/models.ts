import type { Logger } from "pino";
import { setTimeout as pause } from "node:timers/promises";
import type { ServedModel as Wanted, ServingConfig } from "../../../contracts/serving-config.ts";
import { LoadError, type LoadReason } from "./errors.ts";
import type { ServedModel } from "./model.ts";

/** Why a model of the configuration is not served. */
export interface Problem {
  model: string;
  version: string;
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
/** Requests wait this long for a server that starts: longer than most models take to load, shorter than gateways wait. */
const openingMs = 5_000;

/**
 * The models a server holds, each in one version or several. What a new configuration says about a model is loaded
 * beside what is served and takes its place in one step once all of it is there; until then, and where it never comes,
 * the old one serves. One model does not wait for another.
 */
export class Models {
  readonly #options: ModelsOptions;
  /** Versions by model, in the order of the configuration. */
  #served = new Map<string, readonly ServedModel[]>();
  #loadProblems = new Map<string, Problem>();
  #isComplete = false;
  #loading = new AbortController();
  readonly #opened = Promise.withResolvers<void>();
  #isOpening = true;

  constructor(options: ModelsOptions) {
    this.#options = options;
  }

  /**
   * While the first configuration is loaded for the first time: until it is there, a model of it does not load, or
   * loading takes too long to wait for. A gateway without another server asks one that has only just begun to listen.
   */
  get opening(): Promise<void> | undefined {
    return this.#isOpening ? this.#opened.promise : undefined;
  }

  /** Whether every model that was configured is served. Stays true while a later configuration loads. */
  get isReady(): boolean {
    return this.#isComplete && this.#served.size > 0 && !this.served.some(({ isLost }) => isLost);
  }

  get served(): readonly ServedModel[] {
    return [...this.#served.values()].flat();
  }

  /** The models that are served, whatever their versions. */
  get names(): readonly string[] {
    return [...this.#served.keys()];
  }

  /** What does not load (yet), or has lost its worker. */
  get problems(): readonly Problem[] {
    const lost = this.served
      .filter(({ isLost }) => isLost)
      .map(({ lineage: { name, version } }): Problem => {
        const message = "its worker ended by itself; another one is started";
        return { model: name, version, reason: "worker-lost", message };
      });
    return [...this.#loadProblems.values(), ...lost];
  }

  /**
   * A model, to be asked in this same turn: a later configuration may retire it.
   * @param version default: the first that the configuration names
   */
  get(name: string, version?: string): ServedModel | undefined {
    const versions = this.#served.get(name);
    return version === undefined
      ? versions?.[0]
      : versions?.find(({ lineage }) => lineage.version === version);
  }

  /** Every version of a model, in the order of the configuration; none where the model is not served. */
  versions(name: string): readonly ServedModel[] {
    return this.#served.get(name) ?? [];
  }

  /** Loads a configuration, however long it takes. Resolves when all of it is served or another one took over. */
  async apply(config: ServingConfig): Promise<void> {
    this.#loading.abort();
    const { signal } = (this.#loading = new AbortController());
    if (this.#isOpening) setTimeout(() => this.#open(), openingMs).unref();
    const wanted = new Map<string, Wanted[]>();
    for (const one of config.models) wanted.set(one.name, [...(wanted.get(one.name) ?? []), one]);
    this.#loadProblems = new Map(
      config.models
        .filter((one) => this.#held(one, config) === undefined)
        .map((one) => [keyOf(one), problemOf(one, "loading", "is loading")]),
    );
    const gone = [...this.#served].filter(([name]) => !wanted.has(name));
    for (const [name] of gone) this.#served.delete(name);
    if (gone.length > 0) this.#options.onChange(this.served);
    await Promise.all([
      this.#retire(gone.flatMap(([, versions]) => versions)),
      ...[...wanted].map(([name, versions]) => this.#applyOne(name, versions, config, signal)),
    ]);
    if (signal.aborted) return;
    this.#isComplete = true;
    this.#open();
  }

  /** Stops loading. What is served stays. */
  stop(): void {
    this.#loading.abort();
    this.#open();
  }

  #open(): void {
    this.#isOpening = false;
    this.#opened.resolve();
  }

  /** All versions of one model, swapped in one step. */
  async #applyOne(
    name: string,
    wanted: readonly Wanted[],
    config: ServingConfig,
    signal: AbortSignal,
  ): Promise<void> {
    const before = this.versions(name);
    const loaded = await Promise.all(
      wanted.map(
        async (one) => this.#held(one, config) ?? (await this.#loadUntilDone(one, config, signal)),
      ),
    );
    const now = loaded.filter((model) => model !== undefined);
    if (signal.aborted) return this.#retire(now.filter((model) => !before.includes(model)));
    this.#served.set(name, now);
    this.#options.onChange(this.served);
    await this.#retire(before.filter((model) => !now.includes(model)));
  }

  #held(wanted: Wanted, config: ServingConfig): ServedModel | undefined {
    const model = this.get(wanted.name, wanted.version);
    const isSame =
      model?.lineage.release === wanted.release &&
      model.lineage.slot === config.slot &&
      model.lineage.environment === config.environment;
    return isSame ? model : undefined;
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
        if (!signal.aborted) this.#loadProblems.delete(keyOf(wanted));
        return model;
      } catch (error) {
        if (signal.aborted) return undefined;
        const problem = describe(wanted, error);
        this.#loadProblems.set(keyOf(wanted), problem);
        this.#options.onFailure(problem);
        this.#open();
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

function keyOf({ name, version }: Wanted): string {
  return `${name}/${version}`;
}

function problemOf({ name, version }: Wanted, reason: LoadReason, message: string): Problem {
  return { model: name, version, reason, message };
}

function describe(wanted: Wanted, error: unknown): Problem {
  const { message } = error as Error;
  const reason = error instanceof LoadError ? error.reason : "release-invalid";
  return problemOf(wanted, reason, message);
}
