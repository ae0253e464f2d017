import type { Mlflow } from "../../contracts/mlflow.ts";
import type { Run, RunStatus } from "../../contracts/mlflow-types.ts";
import { tags } from "../../contracts/names.ts";
import type { Workload } from "../workloads/workload.ts";
import type { TrainingConfig } from "./config.ts";
import { reason, type Services } from "./context.ts";
import type { ReadFile } from "./fetch.ts";
import { openRun } from "./job.ts";
import { earlierOutcome, type Outcome, runTags, trainAndRegister } from "./train.ts";

/** The process was asked to end; another attempt goes on with the same run. */
export class StoppedError extends Error {
  constructor() {
    super("asked to end before the run was finished");
    this.name = "StoppedError";
  }
}

const longestReason = 500;

/**
 * One attempt at a training Job. An attempt that does not succeed leaves its run FAILED or KILLED, with the reason.
 * @param farewell a registry client that gives up soon: an ending process has only seconds
 * @throws StoppedError where the signal is aborted, also while a request hangs; any error of the steps
 */
export async function attempt(
  services: Services & { farewell: Mlflow },
  config: TrainingConfig,
  workload: Workload,
  read?: ReadFile,
): Promise<Outcome> {
  const { run: asked } = config;
  let run: Run | undefined;
  const work = async (): Promise<Outcome> => {
    run = await openRun(services, {
      job: config.job,
      name: asked.name,
      bucket: asked.objects.bucket,
      tags: runTags(config, workload),
    });
    const earlier = await earlierOutcome(services, asked.name, run);
    return earlier ?? trainAndRegister(services, config, workload, run, read);
  };
  try {
    return await Promise.race([work(), stopped(services.signal)]);
  } catch (error) {
    const cause = services.signal.aborted ? new StoppedError() : error;
    if (run !== undefined) await endRun(services, run, cause);
    throw cause;
  }
}

/** The error that ended the run matters more than one in saying so. */
async function endRun(
  { farewell, log }: Services & { farewell: Mlflow },
  run: Run,
  error: unknown,
): Promise<void> {
  const status: RunStatus = error instanceof StoppedError ? "KILLED" : "FAILED";
  const failure = reason(error).slice(0, longestReason);
  try {
    const { info } = await farewell.getRun(run.info.run_id);
    // Another attempt of the same Job got there in the meantime.
    if (info.status === "FINISHED") return;
    await farewell.logBatch(run.info.run_id, { tags: { [tags.failure]: failure } });
    await farewell.endRun(run.info.run_id, status);
  } catch (second) {
    log.warn({ run: run.info.run_id }, `the run could not be marked ${status}: ${reason(second)}`);
  }
}

function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new StoppedError());
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
