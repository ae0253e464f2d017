import { z } from "zod";
import { canonicalJson, sha256Hex } from "./canonical.ts";
import { type Mlflow, MlflowError } from "./mlflow.ts";
import type { Run } from "./mlflow-types.ts";
import { tags } from "./names.ts";
import type { ObjectStore } from "./object-store.ts";

/** What a run is opened with. */
export interface JobServices {
  mlflow: Mlflow;
  objects: Pick<ObjectStore, "get" | "putOnce">;
  log?: { info(fields: object, message: string): void };
}

/** The run that attempts of a Job share, written once: whoever writes first decides. */
const Claim = z.strictObject({ runId: z.string().min(1) });

export interface JobOptions {
  job: string;
  /** Name of the training definition; experiment and run bear it too. */
  name: string;
  /** Name of a new run. @default `name` */
  runName?: string;
  bucket: string;
  /** Tags of a new run. */
  tags: Readonly<Record<string, string>>;
}

/**
 * Finds the run of a Job, or makes it. However often a Job is tried, and if it runs twice at once, it has one run: the
 * registry cannot compare and set, so the write-once key of the object store decides.
 */
export async function openRun(services: JobServices, options: JobOptions): Promise<Run> {
  const { mlflow, objects, log } = services;
  const { job, name, bucket, runName = name } = options;
  const experimentId = await mlflow.ensureExperiment(name);
  const filter = `tags."${tags.job}" = '${job}'`;

  // A claim outlives its run where somebody deleted the run or lost the registry: then the next claim counts.
  for (let generation = 1; ; generation++) {
    const key = `jobs/${sha256Hex(canonicalJson({ job, name }))}/${generation}.json`;
    const claim = async () => {
      const bytes = await objects.get(bucket, key);
      return bytes && Claim.parse(JSON.parse(new TextDecoder().decode(bytes)));
    };
    let held = await claim();
    if (held === undefined) {
      const oldest = (await mlflow.searchRuns(experimentId, filter)).at(-1);
      const allTags = { ...options.tags, [tags.job]: job };
      const run = oldest ?? (await mlflow.createRun(experimentId, runName, allTags));
      await objects.putOnce(bucket, key, canonicalJson({ runId: run.info.run_id }));
      held = await claim();
    }
    const run = held && (await findActive(mlflow, held.runId));
    if (run === undefined) continue;
    await endOthers(mlflow, await mlflow.searchRuns(experimentId, filter), run);
    await resume(mlflow, run);
    log?.info({ run: run.info.run_id, status: run.info.status }, `run ${run.info.run_id} is open`);
    return run;
  }
}

async function findActive(mlflow: Mlflow, runId: string): Promise<Run | undefined> {
  try {
    const run = await mlflow.getRun(runId);
    return run.info.lifecycle_stage === "deleted" ? undefined : run;
  } catch (error) {
    if (error instanceof MlflowError && error.code === "RESOURCE_DOES_NOT_EXIST") return undefined;
    throw error;
  }
}

/** Runs that lost the claim, or whose creation was answered too late to be noticed. */
async function endOthers(mlflow: Mlflow, runs: readonly Run[], winner: Run): Promise<void> {
  for (const { info } of runs) {
    if (info.run_id === winner.info.run_id || info.status !== "RUNNING") continue;
    const failure = `another attempt of the same Job goes on as run ${winner.info.run_id}`;
    await mlflow.logBatch(info.run_id, { tags: { [tags.failure]: failure } });
    await mlflow.endRun(info.run_id, "KILLED");
  }
}

async function resume(mlflow: Mlflow, run: Run): Promise<void> {
  if (run.info.status === "FAILED" || run.info.status === "KILLED") {
    await mlflow.resumeRun(run.info.run_id);
    await mlflow.deleteTag(run.info.run_id, tags.failure);
  }
}
