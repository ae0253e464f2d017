import type { ServedModel, ServingConfig } from "../../contracts/serving-config.ts";
import { RequestError } from "../errors.ts";
import { LoadError, type LoadedModel, type LoadFault } from "./loaded-model.ts";

export interface NotReadyReason {
  model: string;
  reason: LoadFault | "loading" | "no-configuration";
  message: string;
}

export interface ModelSetOptions {
  load: (served: ServedModel, config: ServingConfig) => Promise<LoadedModel>;
  onLoaded?: (model: LoadedModel) => void;
  onUnloaded?: (model: LoadedModel) => void;
  onFailed?: (reason: NotReadyReason) => void;
  /** Waits between tries of a model that does not load: doubled from the first to the last, in milliseconds. */
  retry?: { first: number; last: number };
}

/** The models that a server holds. What the configuration names is loaded in the background and tried again for ever. */
export class ModelSet {
  readonly #options: ModelSetOptions;
  readonly #models = new Map<string, LoadedModel>();
  readonly #reasons = new Map<string, NotReadyReason>();
  #config: ServingConfig | undefined;
  #generation = 0;

  constructor(options: ModelSetOptions) {
    this.#options = options;
  }

  get models(): readonly LoadedModel[] {
    return [...this.#models.values()];
  }

  /** Empty where every model that the configuration names is served as it names it. */
  get notReady(): readonly NotReadyReason[] {
    if (this.#config === undefined) {
      return [
        { model: "", reason: "no-configuration", message: "no serving configuration was read yet" },
      ];
    }
    return [...this.#reasons.values()];
  }

  /** A release that is being replaced serves on, so a swap does not make a server unready. */
  get isReady(): boolean {
    return (
      this.#config !== undefined && this.#config.models.every(({ name }) => this.#models.has(name))
    );
  }

  /**
   * Finds a model; without a name the only one.
   * @throws RequestError 404 for a model nobody configured, 503 for one that is not loaded yet
   */
  find(name: string | undefined): LoadedModel {
    if (name === undefined) return this.#only();
    const model = this.#models.get(name);
    if (model !== undefined) return model;
    const reason = this.#reasons.get(name);
    if (reason !== undefined)
      throw new RequestError(503, "not_ready", `model ${name} is not ready: ${reason.message}`);
    throw new RequestError(404, "not_found", `no model ${JSON.stringify(name)} is served here`);
  }

  /** Takes a new configuration: loads what is new, then lets go of what is no longer named. */
  async apply(config: ServingConfig): Promise<void> {
    const generation = ++this.#generation;
    this.#config = config;
    const named = new Map(config.models.map((served) => [served.name, served]));
    for (const [name, model] of this.#models) {
      if (!named.has(name)) this.#drop(name, model);
    }
    for (const name of this.#reasons.keys()) if (!named.has(name)) this.#reasons.delete(name);
    await Promise.all(config.models.map((served) => this.#bring(served, config, generation)));
  }

  /** Frees everything. */
  async close(): Promise<void> {
    this.#generation++;
    const models = this.models;
    this.#models.clear();
    await Promise.all(models.map((model) => model.release()));
  }

  #only(): LoadedModel {
    const names = this.#config?.models.map(({ name }) => name) ?? [];
    if (names.length === 1) return this.find(names[0]);
    if (names.length === 0) throw new RequestError(503, "not_ready", "no model is configured yet");
    throw new RequestError(
      400,
      "bad_request",
      `model: is missing; this server holds ${names.join(", ")}`,
    );
  }

  async #bring(served: ServedModel, config: ServingConfig, generation: number): Promise<void> {
    const held = this.#models.get(served.name);
    if (held?.lineage.release === served.release && held.lineage.version === served.version) {
      this.#reasons.delete(served.name);
      return;
    }
    this.#reasons.set(served.name, {
      model: served.name,
      reason: "loading",
      message: "the release is being loaded",
    });
    const { first, last } = this.#options.retry ?? { first: 500, last: 15_000 };
    for (let wait = first; ; wait = Math.min(wait * 2, last)) {
      try {
        const model = await this.#options.load(served, config);
        if (generation !== this.#generation) return await model.release();
        this.#models.set(served.name, model);
        this.#reasons.delete(served.name);
        this.#options.onLoaded?.(model);
        if (held !== undefined) this.#retire(held);
        return;
      } catch (error) {
        if (generation !== this.#generation) return;
        const reason = reasonOf(served.name, error);
        this.#reasons.set(served.name, reason);
        this.#options.onFailed?.(reason);
        await new Promise((resolve) => setTimeout(resolve, wait).unref());
        if (generation !== this.#generation) return;
      }
    }
  }

  #drop(name: string, model: LoadedModel): void {
    this.#models.delete(name);
    this.#retire(model);
  }

  #retire(model: LoadedModel): void {
    this.#options.onUnloaded?.(model);
    void model.release();
  }
}

function reasonOf(model: string, error: unknown): NotReadyReason {
  const message = error instanceof Error ? error.message : String(error);
  return { model, reason: error instanceof LoadError ? error.fault : "store-unreachable", message };
}
