import "../engine/no-telemetry.ts";
import { env } from "onnxruntime-node";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import type { DataSetReference, Evidence } from "../../contracts/evidence.ts";
import type { Run } from "../../contracts/mlflow-types.ts";
import type { Services } from "./context.ts";

export interface RunRecordOptions {
  run: Run;
  params: Evidence["params"];
  dataSet: DataSetReference;
  /** Seconds that each step took in this attempt. */
  seconds: Readonly<Record<string, number>>;
}

/** A run's metadata file (SPEC T-06): what it was asked for, what it ran on, and what that took, in this attempt. */
export function runRecord({ run, params, dataSet, seconds }: RunRecordOptions) {
  const { user, system } = process.cpuUsage();
  return {
    schema: "isotherm.dev/run-record/v1",
    run: run.info.run_id,
    params,
    dataSet,
    runtime: {
      node: process.versions.node,
      onnxruntime: env.versions.node,
      platform: `${process.platform} ${process.arch} ${release()}`,
      processor: cpus()[0]?.model ?? "unknown",
      /** What this process may use, the container's limits included. */
      cores: availableParallelism(),
      memoryBytes: totalmem(),
    },
    statistics: {
      seconds,
      /** Of the whole process, all its threads. */
      cpuSeconds: (user + system) / 1e6,
      peakResidentBytes: process.resourceUsage().maxRSS * 1024,
    },
  };
}

/** Keeps the metadata file, and the log so far, with the run. */
export async function keepRunRecord(services: Services, options: RunRecordOptions): Promise<void> {
  const { mlflow, logged } = services;
  const text = `${JSON.stringify(runRecord(options), null, 2)}\n`;
  await mlflow.uploadArtifact(options.run, "run.json", text);
  if (logged !== undefined) await mlflow.uploadArtifact(options.run, "log.jsonl", logged());
}
