import { readFile } from "node:fs/promises";
import { imageTags } from "../../contracts/image-tags.ts";
import type { Run } from "../../contracts/mlflow-types.ts";
import { tags } from "../../contracts/names.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import type { Checkpoints, TrainingContext, Workload } from "../workloads/workload.ts";
import type { JobCheckpoints } from "./checkpoints/job-checkpoints.ts";
import type { TrainingConfig } from "./config.ts";
import { step } from "./context.ts";
import { evidenceOf, startOf } from "./evidence.ts";
import { fetchData, type ReadFile } from "./fetch.ts";
import type { Outcome } from "./outcome.ts";
import { register as registerRelease } from "./register.ts";
import { assembleRelease, type Release } from "./release.ts";
import { keepRunRecord } from "./run-record.ts";
import { StepMetrics } from "./step-metrics.ts";
import type { RunServices } from "./with-run.ts";

export interface Training {
  services: RunServices;
  config: TrainingConfig;
  workload: Workload;
  run: Run;
  checkpoints: JobCheckpoints;
  /** @default from the disk */
  read?: ReadFile | undefined;
  /** Stands between the workload and what it is given, as a sweep does to stop a trial early. */
  around?: (context: TrainingContext) => TrainingContext;
}

/** What a training comes to before anybody knows of it. */
export interface Candidate {
  release: Release;
  /** Keeps the run's metadata file and its log with the run. */
  keepRecord(): Promise<void>;
}

/** Takes an open run through its steps: fetch, validate, train, evaluate, register. */
export async function trainAndRegister(training: Training): Promise<Outcome> {
  const { services, config, run } = training;
  const { name, objects } = config.run;
  const seconds: Record<string, number> = {};
  const { release, keepRecord } = await trainCandidate(training, seconds);
  const register = async () => {
    const options = { run, name, bucket: objects.bucket, release };
    const { version } = await registerRelease(services, options);
    return { model: name, version, release: release.digest };
  };
  const outcome = await step(services, "register", register, seconds);
  await keepRecord();
  await services.mlflow.endRun(run.info.run_id, "FINISHED");
  return outcome;
}

/**
 * The steps up to a release that nobody knows of yet.
 * @param seconds takes how long each of them took
 */
export async function trainCandidate(
  training: Training,
  seconds: Record<string, number> = {},
): Promise<Candidate> {
  const { services, config, workload, run, checkpoints, read = readFile } = training;
  const { mlflow, farewell } = services;
  const { name, objects } = config.run;
  const runId = run.info.run_id;
  const timed = <T>(what: string, work: () => Promise<T>) => step(services, what, work, seconds);

  const fetched = await timed("fetch", async () => {
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
  const data = await timed("validate", async () => {
    const checked = workload.read(fetched.bytes, config.parameters);
    for (const warning of checked.warnings) services.log.warn({ step: "validate" }, warning);
    return checked;
  });
  const steps = Number(config.parameters["steps"] ?? 0);
  const metrics = new StepMetrics(startOf(run), steps);
  const own: TrainingContext = {
    model: name,
    parameters: config.parameters,
    dataSha256: fetched.sha256,
    signal: services.signal,
    progress: (first, traces) => {
      metrics.add(first, traces);
      services.progress?.show(progressLine(first, steps, traces));
    },
    checkpoints: watchingSteps(
      metrics,
      checkpoints.of({
        madeBy: { run: config.run, parameters: config.parameters, data: fetched.sha256 },
        // Nobody tells the steps before a checkpoint again: they are in the registry first.
        before: () => metrics.flush((points) => farewell.logBatch(runId, { metrics: points })),
      }),
    ),
    artifact: (path, content) => mlflow.uploadArtifact(run, path, content),
  };
  const context = training.around?.(own) ?? own;
  const trained = await timed("train", async () => {
    try {
      return await workload.train(data.data, context);
    } finally {
      if (!services.signal.aborted) {
        await metrics.flush((points) => mlflow.logBatch(runId, { metrics: points }));
      }
    }
  });
  const measured = await timed("evaluate", async () => {
    const values = await workload.evaluate(data.data, trained, context);
    requireDeclared(workload, values);
    await mlflow.logBatch(runId, { metrics: metrics.final(values) });
    services.log.info({ step: "evaluate", metrics: values }, "evaluated on held-out data");
    return values;
  });
  const dataSet = {
    name: fetched.name,
    version: fetched.version,
    sha256: fetched.sha256,
    rows: data.rows,
  };
  const { environment, gitCommit, image, workload: kind } = config.run;
  const { optimiser } = workload;
  const evidence = evidenceOf({
    run,
    name,
    metrics: measured,
    params: config.parameters,
    lineage: { environment, workload: kind, gitCommit, image, optimiser },
    dataSet,
  });
  return {
    release: assembleRelease(trained, evidence),
    keepRecord: () => keepRunRecord(services, { run, params: config.parameters, dataSet, seconds }),
  };
}

/** A training that goes on from a checkpoint has made its steps already. */
function watchingSteps(metrics: StepMetrics, { last, offer }: Checkpoints): Checkpoints {
  return {
    offer,
    async last() {
      const found = await last();
      if (found !== undefined) metrics.reached(found.step);
      return found;
    },
  };
}

/** Tags of a new run: where it comes from. */
export function runTags(config: TrainingConfig, workload: Workload): Record<string, string> {
  const { run } = config;
  return {
    [tags.training]: run.name,
    [tags.workload]: run.workload,
    [tags.environment]: run.environment,
    [tags.gitCommit]: run.gitCommit,
    ...imageTags(run.image),
    [tags.task]: workload.declaration.task,
    [tags.optimiser]: workload.optimiser,
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

/** Such as "train 1200/20000: loss 0.0123". */
function progressLine(
  first: number,
  steps: number,
  traces: Readonly<Record<string, ArrayLike<number>>>,
): string {
  const [[name, values] = ["", []]] = Object.entries(traces);
  const value = values[values.length - 1];
  const measured = value === undefined ? "" : `: ${name} ${value.toPrecision(4)}`;
  return `train ${first + Math.max(values.length, 1) - 1}/${steps}${measured}`;
}

function asText(values: Readonly<Record<string, number | string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}
