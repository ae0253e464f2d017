import "../engine/no-telemetry.ts";
import type { DriftBaseline } from "../../contracts/baseline.ts";
import type { DataSetReference, Evidence, Lineage } from "../../contracts/evidence.ts";
import type { MetricPoint, Run } from "../../contracts/mlflow-types.ts";
import type { ModelContract } from "../../contracts/model-contract.ts";
import { tags } from "../../contracts/names.ts";
import { madeExample, writtenExample } from "../../serving-image/src/model/run/example.ts";
import { loadModel } from "../../serving-image/src/model/load.ts";
import { type Services, step } from "../run/context.ts";
import { evidenceOf, startOf } from "../run/evidence.ts";
import type { Outcome } from "../run/outcome.ts";
import { register } from "../run/register.ts";
import { assembleRelease, type Release } from "../run/release.ts";
import { keepRunRecord } from "../run/run-record.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { TrainedModel } from "../workloads/workload.ts";
import type { BroughtModel } from "./brought-model.ts";

export interface RegisterBroughtOptions {
  run: Run;
  /** Name of the training definition, which is the model's as well. */
  name: string;
  bucket: string;
  params: Evidence["params"];
  lineage: Omit<Lineage, "dataSet" | "origin">;
  dataSet: DataSetReference;
  brought: BroughtModel;
  /** Whether a trainer made it in a Job of ours, or somebody brought a finished file. */
  kind: "trainer" | "file";
  /** Makes a drift baseline where the model came without one. */
  baseline(contract: ModelContract): Promise<DriftBaseline | undefined>;
  /** Files that belong to the run alone. */
  artifacts?: { path: string; read(): Promise<Uint8Array> }[];
}

/**
 * Registers a model that something else trained, with the same lineage and release as one of ours.
 * @throws BadInputError where a server would not load it; nothing is registered then
 */
export async function registerBrought(
  services: Services,
  options: RegisterBroughtOptions,
): Promise<Outcome> {
  const { mlflow } = services;
  const { run, name, bucket, params, dataSet, brought } = options;
  const runId = run.info.run_id;
  const seconds: Record<string, number> = {};
  const timed = <T>(what: string, work: () => Promise<T>) => step(services, what, work, seconds);

  const { model, contract } = brought;
  const baseline = brought.baseline ?? (await options.baseline(contract));
  if (baseline === undefined) {
    services.log.warn(
      "no baseline.json, and the data set is no table of the features: no drift is seen",
    );
  }
  const trained: TrainedModel = {
    model,
    contract,
    ...(baseline === undefined ? {} : { baseline }),
    example: brought.example ?? writtenExample(madeExample(contract)),
  };
  const release = await timed("validate", async () => {
    const origin = { kind: options.kind, producer: brought.producer };
    const lineage = { ...options.lineage, origin };
    const evidence = evidenceOf({ run, name, metrics: brought.metrics, params, lineage, dataSet });
    const assembled = assembleRelease(trained, evidence);
    await requireServable(assembled);
    return assembled;
  });
  await timed("evaluate", async () => {
    const text = Object.entries(params).map(([key, value]) => [key, String(value)]);
    await mlflow.logBatch(runId, {
      params: Object.fromEntries(text),
      metrics: metricPoints(run, brought),
      tags: {
        [tags.dataVersion]: dataSet.version,
        [tags.dataSha256]: dataSet.sha256,
        [tags.task]: contract.task,
        [tags.origin]: `${options.kind}: ${brought.producer}`,
      },
    });
    for (const { path, read } of options.artifacts ?? []) {
      await mlflow.uploadArtifact(run, path, await read());
    }
  });
  const outcome = await timed("register", async () => {
    const { version } = await register(services, { run, name, bucket, release });
    return { model: name, version, release: release.digest };
  });
  await keepRunRecord(services, { run, params, dataSet, seconds });
  await mlflow.endRun(runId, "FINISHED");
  return outcome;
}

/** The server's own loader opens it: what passes here is served. */
async function requireServable({ manifest, digest, files }: Release): Promise<void> {
  const contents = new Map(manifest.files.map(({ path, sha256 }) => [sha256, files.get(path)]));
  const store = {
    manifest: async () => manifest,
    file: async (sha256: string) => contents.get(sha256) as Uint8Array,
  };
  try {
    const model = await loadModel(
      { name: manifest.model, version: "1", release: digest },
      { store, place: { environment: "none", slot: "green" } },
    );
    await model.retire();
  } catch (error) {
    throw new BadInputError(`the model cannot be served: ${(error as Error).message}`);
  }
}

/**
 * What was logged by step, and the final values at the last step. A step is dated by its number and not by the clock, so
 * that a retry writes the points that are already there.
 */
function metricPoints(run: Run, { steps, metrics }: BroughtModel): MetricPoint[] {
  const start = startOf(run);
  const last = steps.reduce((highest, { step: number }) => Math.max(highest, number), 0);
  return [...steps, { step: last, ...metrics }].flatMap(({ step: number, ...values }) =>
    Object.entries(values).map(([key, value]) => ({
      key,
      value: Number.isFinite(value) ? value : String(value),
      timestamp: start + number,
      step: number,
    })),
  );
}
