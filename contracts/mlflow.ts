import { z } from "zod";
import { isCode, MlflowError, MlflowTransport, type MlflowOptions } from "./mlflow-transport.ts";
import {
  Experiment,
  ModelVersion,
  Run,
  type MetricPoint,
  type NewModelVersion,
  type RunStatus,
} from "./mlflow-types.ts";

export { MlflowError, type MlflowOptions } from "./mlflow-transport.ts";

/** A batch of `runs/log-batch`; the server takes at most 1000 metrics, 100 params and 100 tags at once. */
export interface LogBatch {
  metrics?: readonly MetricPoint[];
  params?: Readonly<Record<string, string>>;
  tags?: Readonly<Record<string, string>>;
}

const batchLimit = { metrics: 1000, params: 100, tags: 100 };

/** The part of MLflow's REST API (3.x) that Isotherm uses, typed. */
export class Mlflow {
  readonly #server: MlflowTransport;

  constructor(options: MlflowOptions) {
    this.#server = new MlflowTransport(options);
  }

  /** @returns the experiment's id; it is made where it is missing. */
  async ensureExperiment(name: string): Promise<string> {
    const found = await this.#experimentByName(name);
    if (found !== undefined) return found;
    try {
      const reply = await this.#server.post("experiments/create", { name });
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
    const reply = await this.#server.post("runs/create", {
      experiment_id: experimentId,
      run_name: runName,
      start_time: Date.now(),
      tags: pairs(tags),
    });
    return z.object({ run: Run }).parse(reply).run;
  }

  /** @throws MlflowError with code RESOURCE_DOES_NOT_EXIST where there is none. */
  async getRun(runId: string): Promise<Run> {
    const reply = await this.#server.get("runs/get", { run_id: runId });
    return z.object({ run: Run }).parse(reply).run;
  }

  /** Runs of an experiment that match a filter, newest first. */
  async searchRuns(experimentId: string, filter: string, limit = 100): Promise<Run[]> {
    const reply = await this.#server.post("runs/search", {
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
      await this.#server.post("runs/log-batch", {
        run_id: runId,
        metrics: metrics[index] ?? [],
        params: params[index] ?? [],
        tags: tags[index] ?? [],
      });
    }
  }

  async endRun(runId: string, status: Exclude<RunStatus, "RUNNING">): Promise<void> {
    await this.#server.post("runs/update", { run_id: runId, status, end_time: Date.now() });
  }

  /** Says that a run which had ended goes on. */
  async resumeRun(runId: string): Promise<void> {
    await this.#server.post("runs/update", {
      run_id: runId,
      status: "RUNNING" satisfies RunStatus,
    });
  }

  /** Takes a tag off a run; one that is not there is no error. */
  async deleteTag(runId: string, key: string): Promise<void> {
    try {
      await this.#server.post("runs/delete-tag", { run_id: runId, key });
    } catch (error) {
      if (!isCode(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
    }
  }

  /** Uploads one artifact of a run through the server's artifact proxy. */
  async uploadArtifact(run: Run, path: string, content: Uint8Array | string): Promise<void> {
    await this.#server.send(
      "PUT",
      artifactPath(run, path),
      content as RequestInit["body"],
      "application/octet-stream",
    );
  }

  /** @returns the artifact's bytes. @throws MlflowError with status 404 where there is none. */
  async downloadArtifact(run: Run, path: string): Promise<Uint8Array> {
    const response = await this.#server.send("GET", artifactPath(run, path));
    return new Uint8Array(await response.arrayBuffer());
  }

  async ensureRegisteredModel(name: string): Promise<void> {
    try {
      await this.#server.post("registered-models/create", { name });
    } catch (error) {
      if (!isCode(error, "RESOURCE_ALREADY_EXISTS")) throw error;
    }
  }

  /** Makes a new version each time it is called: look with `modelVersions` first. */
  async createModelVersion(version: NewModelVersion): Promise<ModelVersion> {
    const reply = await this.#server.post("model-versions/create", {
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
      await this.#server.send(
        "DELETE",
        "api/2.0/mlflow/model-versions/delete",
        JSON.stringify({ name, version }),
      );
    } catch (error) {
      if (!isCode(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
    }
  }

  async setVersionTag(name: string, version: string, key: string, value: string): Promise<void> {
    await this.#server.post("model-versions/set-tag", { name, version, key, value });
  }

  /** All versions of a model, newest first; versions compare as numbers (SPEC U-08). A model nobody made has none. */
  async modelVersions(name: string): Promise<ModelVersion[]> {
    const versions: ModelVersion[] = [];
    let pageToken: string | undefined;
    do {
      const reply = await this.#server.get("model-versions/search", {
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
    await this.#server.post("registered-models/alias", { name, alias, version });
  }

  /** @returns the version an alias points at, or undefined where there is none. */
  async versionByAlias(name: string, alias: string): Promise<ModelVersion | undefined> {
    try {
      const reply = await this.#server.get("registered-models/alias", { name, alias });
      return z.object({ model_version: ModelVersion }).parse(reply).model_version;
    } catch (error) {
      if (isCode(error, "RESOURCE_DOES_NOT_EXIST") || isCode(error, "INVALID_PARAMETER_VALUE"))
        return undefined;
      throw error;
    }
  }

  async #experimentByName(name: string): Promise<string | undefined> {
    try {
      const reply = await this.#server.get("experiments/get-by-name", { experiment_name: name });
      return z.object({ experiment: Experiment }).parse(reply).experiment.experiment_id;
    } catch (error) {
      if (isCode(error, "RESOURCE_DOES_NOT_EXIST")) return undefined;
      throw error;
    }
  }
}

/**
 * The bytes of a run's artifact, or undefined where the run has none at that path.
 * @throws MlflowError where the registry cannot say
 */
export async function artifactIfThere(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  run: Run,
  path: string,
): Promise<Uint8Array | undefined> {
  try {
    return await mlflow.downloadArtifact(run, path);
  } catch (error) {
    if (error instanceof MlflowError && error.status === 404) return undefined;
    throw error;
  }
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
