import { readFile } from "node:fs/promises";
import type { Evidence } from "../../contracts/evidence.ts";
import { type Run, tagOf } from "../../contracts/mlflow-types.ts";
import { tags } from "../../contracts/names.ts";
import { metricValue } from "../../contracts/primitives.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import type { Checkpoints, TrainingContext, Workload } from "../workloads/workload.ts";
import type { TrainingConfig } from "./config.ts";
import { type Services, step } from "./context.ts";
import { fetchData, type FetchedData, type ReadFile } from "./fetch.ts";
import { register, versionOf } from "./register.ts";
import { assembleRelease } from "./release.ts";
import { StepMetrics } from "./step-metrics.ts";

export interface Outcome {
  model: string;
  version: string;
  release: string;
}

const noCheckpoints: Checkpoints = { last: async () => undefined, offer: async () => {} };

/** Takes an open run through its steps: fetch, validate, train, evaluate, register. */
export async function trainAndRegister(
  services: Services,
  config: TrainingConfig,
  workload: Workload,
  run: Run,
  read: ReadFile = readFile,
): Promise<Outcome> {
  const { name, objects } = config.run;
  const { mlflow } = services;
  const runId = run.info.run_id;

  const fetched = await step(services, "fetch", async () => {
    await mlflow.logBatch(runId, { params: asText(config.parameters) });
    const found = await fetchData({
      source: workload.dataSet,
      parameters: config.parameters,
      readFile: read,
      dataSet: config.run.dataSet,
      store: new DataSetStore(services.objects, objects.bucket),
    });
    await mlflow.logBatch(runId, {
      tags: { [tags.dataVersion]: found.version, [tags.dataSha256]: found.sha256 },
    });
    return found;
  });
  const data = await step(services, "validate", async () => {
    const checked = workload.read(fetched.bytes, config.parameters);
    for (const warning of checked.warnings) services.log.warn({ step: "validate" }, warning);
    return checked;
  });
  const metrics = new StepMetrics(startOf(run), Number(config.parameters["steps"] ?? 0));
  const context: TrainingContext = {
    model: name,
    parameters: config.parameters,
    dataSha256: fetched.sha256,
    signal: services.signal,
    progress: (first, traces) => metrics.add(first, traces),
    checkpoints: noCheckpoints,
    artifact: (path, content) => mlflow.uploadArtifact(run, path, content),
  };
  const trained = await step(services, "train", async () => {
    try {
      return await workload.train(data.data, context);
    } finally {
      if (!services.signal.aborted) await mlflow.logBatch(runId, { metrics: metrics.take() });
    }
  });
  const measured = await step(services, "evaluate", async () => {
    const values = await workload.evaluate(data.data, trained, context);
    requireDeclared(workload, values);
    await mlflow.logBatch(runId, { metrics: metrics.final(values) });
    services.log.info({ step: "evaluate", metrics: values }, "evaluated on held-out data");
    return values;
  });
  return step(services, "register", async () => {
    const evidence = evidenceOf(config, workload, run, { fetched, rows: data.rows, measured });
    const release = assembleRelease(trained, evidence);
    const options = { run, name, bucket: objects.bucket, trained, release };
    const { version } = await register(services, options);
    await mlflow.endRun(runId, "FINISHED");
    return { model: name, version, release: release.digest };
  });
}

/** What a run that has finished before came to; undefined where there is something left to do. */
export async function earlierOutcome(
  services: Services,
  name: string,
  run: Run,
): Promise<Outcome | undefined> {
  const release = tagOf(run.data, tags.release);
  if (run.info.status !== "FINISHED" || release === undefined) return undefined;
  const version = await versionOf(services.mlflow, name, release);
  return version && { model: name, version: version.version, release };
}

/** Tags of a new run: where it comes from. */
export function runTags(config: TrainingConfig, workload: Workload): Record<string, string> {
  const { run } = config;
  return {
    [tags.training]: run.name,
    [tags.workload]: run.workload,
    [tags.environment]: run.environment,
    [tags.gitCommit]: run.gitCommit,
    [tags.image]: run.image,
    [tags.optimiser]: workload.optimiser,
  };
}

function evidenceOf(
  config: TrainingConfig,
  workload: Workload,
  run: Run,
  seen: { fetched: FetchedData; rows: number; measured: Readonly<Record<string, number>> },
): Evidence {
  const { name, environment, gitCommit, image } = config.run;
  const { name: dataName, version, sha256 } = seen.fetched;
  return {
    schema: "isotherm.dev/evidence/v1",
    run: { id: run.info.run_id, experiment: name },
    // The run's own start, and not the clock: a retry must come to the same release.
    trainedAt: new Date(startOf(run)).toISOString(),
    metrics: Object.fromEntries(
      Object.entries(seen.measured).map(([key, value]) => [key, metricValue(value)]),
    ),
    params: config.parameters,
    lineage: {
      environment,
      workload: workload.declaration.name,
      gitCommit,
      image,
      dataSet: { name: dataName, version, sha256, rows: seen.rows },
      optimiser: workload.optimiser,
    },
  };
}

/** A gate may name any declared metric, so each of them must be there, and nothing else is worth a name. */
function requireDeclared(workload: Workload, values: Readonly<Record<string, number>>): void {
  const declared = Object.keys(workload.declaration.metrics).sort().join(", ");
  const measured = Object.keys(values).sort().join(", ");
  if (measured !== declared) {
    throw new Error(
      `workload ${workload.declaration.name} declares the metrics ${declared} and measured ${measured}`,
    );
  }
}

function asText(values: Readonly<Record<string, number | string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

function startOf(run: Run): number {
  if (run.info.start_time === undefined) throw new Error("mlflow: the run has no start time");
  return run.info.start_time;
}
