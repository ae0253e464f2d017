import { readFile } from "node:fs/promises";
import { sha256Hex } from "../../contracts/canonical.ts";
import type { Evidence } from "../../contracts/evidence.ts";
import { type Run, tagOf } from "../../contracts/mlflow-types.ts";
import { tags } from "../../contracts/names.ts";
import { metricValue } from "../../contracts/primitives.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { DataSet, TrainingContext, Workload } from "../workloads/workload.ts";
import type { TrainingConfig } from "./config.ts";
import { type Services, step } from "./context.ts";
import { register, versionOf } from "./register.ts";
import { assembleRelease } from "./release.ts";
import { StepMetrics } from "./step-metrics.ts";

export interface Outcome {
  model: string;
  version: string;
  release: string;
}

export type ReadData = (file: URL) => Promise<Uint8Array>;

/** Takes an open run through its steps: fetch, validate, train, evaluate, register. */
export async function trainAndRegister(
  services: Services,
  config: TrainingConfig,
  workload: Workload,
  run: Run,
  read: ReadData = readFile,
): Promise<Outcome> {
  const { name, objects } = config.run;
  const { mlflow } = services;
  const runId = run.info.run_id;
  const { dataSet: source } = workload;

  const bytes = await step(services, "fetch", async () => {
    await mlflow.logBatch(runId, { params: asText(config.parameters) });
    return fetchData(workload, read);
  });
  const data = await step(services, "validate", async () => {
    const checked = workload.read(bytes);
    for (const warning of checked.warnings) services.log.warn({ step: "validate" }, warning);
    return checked;
  });
  const metrics = new StepMetrics(startOf(run), Number(config.parameters["steps"] ?? 0));
  const context: TrainingContext = {
    model: name,
    parameters: config.parameters,
    dataSha256: source.sha256,
    signal: services.signal,
    progress: (first, traces) => metrics.add(first, traces),
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
    const evidence = evidenceOf(config, workload, run, data, measured);
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
    [tags.dataVersion]: workload.dataSet.version,
    [tags.dataSha256]: workload.dataSet.sha256,
    [tags.optimiser]: workload.optimiser,
  };
}

async function fetchData({ dataSet }: Workload, read: ReadData): Promise<Uint8Array> {
  const bytes = await read(dataSet.file);
  const actual = sha256Hex(bytes);
  if (actual !== dataSet.sha256) {
    throw new BadInputError(
      `data: ${dataSet.name} ${dataSet.version} has been altered: its SHA-256 is ${actual}, wanted ${dataSet.sha256}`,
    );
  }
  return bytes;
}

function evidenceOf(
  config: TrainingConfig,
  workload: Workload,
  run: Run,
  data: DataSet<unknown>,
  measured: Readonly<Record<string, number>>,
): Evidence {
  const { name, environment, gitCommit, image } = config.run;
  const { name: dataName, version, sha256 } = workload.dataSet;
  return {
    schema: "isotherm.dev/evidence/v1",
    run: { id: run.info.run_id, experiment: name },
    // The run's own start, and not the clock: a retry must come to the same release.
    trainedAt: new Date(startOf(run)).toISOString(),
    metrics: Object.fromEntries(
      Object.entries(measured).map(([key, value]) => [key, metricValue(value)]),
    ),
    params: config.parameters,
    lineage: {
      environment,
      workload: workload.declaration.name,
      gitCommit,
      image,
      dataSet: { name: dataName, version, sha256, rows: data.rows },
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
