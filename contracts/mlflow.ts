import pRetry, { AbortError } from "p-retry";
import { z } from "zod";
import {
  Experiment,
  ModelVersion,
  Run,
  type MetricPoint,
  type NewModelVersion,
  type RunStatus,
} from "./mlflow-types.ts";

export interface MlflowOptions {
  /** Base URL of the tracking server. */
  url: string;
  /** Tries after the first one, for network errors, 429 and 5xx. @default 5 */
  retries?: number;
  /** Limit of one request in milliseconds. @default 30000 */
  timeoutMs?: number;
  /** Pause before the first further try in milliseconds; it doubles up to 5 s. @default 200 */
  retryDelayMs?: number;
  fetch?: typeof fetch;
}

/** An answer of the registry that is not 2xx. */
export class MlflowError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(path: string, status: number, code: string, message: string) {
    super(`mlflow: ${path} answered ${status} ${code}: ${message}`);
    this.name = "MlflowError";
    this.status = status;
    this.code = code;
  }
}

/** A batch of `runs/log-batch`; the server takes at most 1000 metrics, 100 params and 100 tags at once. */
export interface LogBatch {
  metrics?: readonly MetricPoint[];
  params?: Readonly<Record<string, string>>;
  tags?: Readonly<Record<string, string>>;
}

const batchLimit = { metrics: 1000, params: 100, tags: 100 };

/** The part of MLflow's REST API (3.x) that Isotherm uses, typed. */
export class Mlflow {
  readonly #url: string;
  readonly #retries: number;
  readonly #timeoutMs: number;
  readonly #retryDelayMs: number;
  readonly #fetch: typeof fetch;

  constructor(options: MlflowOptions) {
    this.#url = options.url.replace(/\/$/, "");
    this.#retries = options.retries ?? 5;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#retryDelayMs = options.retryDelayMs ?? 200;
    this.#fetch = options.fetch ?? fetch;
  }

  /** @returns the experiment's id; it is made where it is missing. */
  async ensureExperiment(name: string): Promise<string> {
    const found = await this.#experimentByName(name);
    if (found !== undefined) return found;
    try {
      const reply = await this.#post("experiments/create", { name });
      return z.object({ experiment_id: z.string() }).parse(reply).experiment_id;
    } catch (error) {
      if (!isCode(error, "RESOURCE_ALREADY_EXISTS")) throw error;
      const other = await this.#experimentByName(name);
      if (other === undefined) throw error;
      return other;
    }
  }

  async createRun(
    experimentId: string,
    runName: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<Run> {
    const reply = await this.#post("runs/create", {
      experiment_id: experimentId,
      run_name: runName,
      start_time: Date.now(),
      tags: pairs(tags),
    });
    return z.object({ run: Run }).parse(reply).run;
  }

  /** @throws MlflowError with code RESOURCE_DOES_NOT_EXIST where there is none. */
  async getRun(runId: string): Promise<Run> {
    const reply = await this.#get("runs/get", { run_id: runId });
    return z.object({ run: Run }).parse(reply).run;
  }

  /** Runs of an experiment that match a filter, newest first. */
  async searchRuns(experimentId: string, filter: string, limit = 100): Promise<Run[]> {
    const reply = await this.#post("runs/search", {
      experiment_ids: [experimentId],
      filter,
      max_results: limit,
      order_by: ["attributes.start_time DESC"],
    });
    return z.object({ runs: z.array(Run).default([]) }).parse(reply).runs;
  }

  /** Logs any number of metrics, params and tags, in as many requests as the server's limits ask for. */
  async logBatch(runId: string, batch: LogBatch): Promise<void> {
    const metrics = chunks(batch.metrics ?? [], batchLimit.metrics);
    const params = chunks(pairs(batch.params ?? {}), batchLimit.params);
    const tags = chunks(pairs(batch.tags ?? {}), batchLimit.tags);
    const requests = Math.max(metrics.length, params.length, tags.length);
    for (let index = 0; index < requests; index++) {
      await this.#post("runs/log-batch", {
        run_id: runId,
        metrics: metrics[index] ?? [],
        params: params[index] ?? [],
        tags: tags[index] ?? [],
      });
    }
  }

  async endRun(runId: string, status: Exclude<RunStatus, "RUNNING">): Promise<void> {
    await this.#post("runs/update", { run_id: runId, status, end_time: Date.now() });
  }

  /** Says that a run which had ended goes on. */
  async resumeRun(runId: string): Promise<void> {
    await this.#post("runs/update", { run_id: runId, status: "RUNNING" satisfies RunStatus });
  }

  /** Takes a tag off a run; one that is not there is no error. */
  async deleteTag(runId: string, key: string): Promise<void> {
    try {
      await this.#post("runs/delete-tag", { run_id: runId, key });
    } catch (error) {
      if (!isCode(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
    }
  }

  /** Uploads one artifact of a run through the server's artifact proxy. */
  async uploadArtifact(run: Run, path: string, content: Uint8Array | string): Promise<void> {
    await this.#send(
      "PUT",
      artifactPath(run, path),
      content as RequestInit["body"],
      "application/octet-stream",
    );
  }

  /** @returns the artifact's bytes. @throws MlflowError with status 404 where there is none. */
  async downloadArtifact(run: Run, path: string): Promise<Uint8Array> {
    const response = await this.#send("GET", artifactPath(run, path));
    return new Uint8Array(await response.arrayBuffer());
  }

  async ensureRegisteredModel(name: string): Promise<void> {
    try {
      await this.#post("registered-models/create", { name });
    } catch (error) {
      if (!isCode(error, "RESOURCE_ALREADY_EXISTS")) throw error;
    }
  }

  /** Makes a new version each time it is called: look with `modelVersions` first. */
  async createModelVersion(version: NewModelVersion): Promise<ModelVersion> {
    const reply = await this.#post("model-versions/create", {
      name: version.name,
      source: version.source,
      run_id: version.runId,
      tags: pairs(version.tags),
    });
    return z.object({ model_version: ModelVersion }).parse(reply).model_version;
  }

  /** Deletes a version; one that is not there is no error. */
  async deleteModelVersion(name: string, version: string): Promise<void> {
    try {
      await this.#send(
        "DELETE",
        "api/2.0/mlflow/model-versions/delete",
        JSON.stringify({ name, version }),
      );
    } catch (error) {
      if (!isCode(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
    }
  }

  /** All versions of a model, newest first; versions compare as numbers (SPEC U-08). A model nobody made has none. */
  async modelVersions(name: string): Promise<ModelVersion[]> {
    const versions: ModelVersion[] = [];
    let pageToken: string | undefined;
    do {
      const reply = await this.#get("model-versions/search", {
        filter: `name='${name.replaceAll("'", "''")}'`,
        max_results: "1000",
        ...(pageToken === undefined ? {} : { page_token: pageToken }),
      });
      const page = z
        .object({
          model_versions: z.array(ModelVersion).default([]),
          next_page_token: z.string().optional(),
        })
        .parse(reply);
      versions.push(...page.model_versions);
      pageToken = page.next_page_token === "" ? undefined : page.next_page_token;
    } while (pageToken !== undefined);
    return versions.sort((a, b) => Number(b.version) - Number(a.version));
  }

  async setAlias(name: string, alias: string, version: string): Promise<void> {
    await this.#post("registered-models/alias", { name, alias, version });
  }

  /** @returns the version an alias points at, or undefined where there is none. */
  async versionByAlias(name: string, alias: string): Promise<ModelVersion | undefined> {
    try {
      const reply = await this.#get("registered-models/alias", { name, alias });
      return z.object({ model_version: ModelVersion }).parse(reply).model_version;
    } catch (error) {
      if (isCode(error, "RESOURCE_DOES_NOT_EXIST") || isCode(error, "INVALID_PARAMETER_VALUE"))
        return undefined;
      throw error;
    }
  }

  async #experimentByName(name: string): Promise<string | undefined> {
    try {
      const reply = await this.#get("experiments/get-by-name", { experiment_name: name });
      return z.object({ experiment: Experiment }).parse(reply).experiment.experiment_id;
    } catch (error) {
      if (isCode(error, "RESOURCE_DOES_NOT_EXIST")) return undefined;
      throw error;
    }
  }

  async #get(endpoint: string, query: Record<string, string>): Promise<unknown> {
    const response = await this.#send(
      "GET",
      `api/2.0/mlflow/${endpoint}?${new URLSearchParams(query)}`,
    );
    return response.json();
  }

  async #post(endpoint: string, body: unknown): Promise<unknown> {
    const response = await this.#send("POST", `api/2.0/mlflow/${endpoint}`, JSON.stringify(body));
    return response.json();
  }

  async #send(
    method: string,
    path: string,
    body?: RequestInit["body"],
    contentType = "application/json",
  ): Promise<Response> {
    const attempt = async (): Promise<Response> => {
      const init: RequestInit = { method, signal: AbortSignal.timeout(this.#timeoutMs) };
      if (body !== undefined)
        Object.assign(init, { body, headers: { "content-type": contentType } });
      const response = await this.#fetch(`${this.#url}/${path}`, init);
      if (response.ok) return response;
      const error = await errorOf(path, response);
      if (response.status === 429 || response.status >= 500) throw error;
      throw new AbortError(error);
    };
    return pRetry(attempt, {
      retries: this.#retries,
      minTimeout: this.#retryDelayMs,
      maxTimeout: 5_000,
      randomize: true,
    });
  }
}

async function errorOf(path: string, response: Response): Promise<MlflowError> {
  const text = await response.text();
  const route = path.split("?")[0] ?? path;
  try {
    const body = z.object({ error_code: z.string(), message: z.string() }).parse(JSON.parse(text));
    return new MlflowError(route, response.status, body.error_code, body.message);
  } catch {
    return new MlflowError(route, response.status, response.statusText, text.slice(0, 200));
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof MlflowError && error.code === code;
}

function pairs(record: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let start = 0; start < items.length; start += size)
    result.push(items.slice(start, start + size));
  return result;
}

function artifactPath(run: Run, path: string): string {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return `api/2.0/mlflow-artifacts/artifacts/${run.info.experiment_id}/${run.info.run_id}/artifacts/${encoded}`;
}
