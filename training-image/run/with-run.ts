import type { Mlflow } from "../../contracts/mlflow.ts";
import type { Run, RunStatus } from "../../contracts/mlflow-types.ts";
import { tags } from "../../contracts/names.ts";
import { earlierOutcome, type Outcome } from "./outcome.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { JobCheckpoints } from "./checkpoints/job-checkpoints.ts";
import { reason, type Services } from "./context.ts";
import { type JobOptions, openRun } from "../../contracts/job-run.ts";

/** The process was asked to end; another attempt goes on with the same run. */
export class StoppedError extends Error {
  constructor() {
    super("asked to end before the run was finished");
    this.name = "StoppedError";
  }
}

/** @param farewell a registry client that gives up soon: an ending process has only seconds */
export type RunServices = Services & { farewell: Mlflow };

const longestReason = 500;

export interface RunOptions extends JobOptions {
  checkpoints?: JobCheckpoints;
}

/** Does a Job's work in its one run; where that has been done before, it gives the version that was made. */
export function withRun(
  services: RunServices,
  options: RunOptions,
  work: (run: Run) => Promise<Outcome>,
): Promise<Outcome> {
  return inRun(
    services,
    options,
    async (run) => (await earlierOutcome(services, options.name, run)) ?? work(run),
  );
}

/**
 * Does a work in the one run of a Job. Work that does not succeed leaves its run FAILED or KILLED, with the reason, and
 * the last checkpoint that was offered; a Job that is done needs none any more.
 * @throws StoppedError where the signal is aborted, also while a request hangs; any error of the work
 */
export async function inRun<T>(
  services: RunServices,
  options: RunOptions,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const { checkpoints, ...job } = options;
  let run: Run | undefined;
  const whole = async (): Promise<T> => {
    run = await openRun(services, job);
    const result = await work(run);
    await checkpoints?.clear();
    return result;
  };
  try {
    return await unlessStopped(services.signal, whole());
  } catch (error) {
    const cause = services.signal.aborted ? new StoppedError() : error;
    // What cannot work is not worth going on with.
    if (!(cause instanceof BadInputError)) await checkpoints?.keep();
    if (run !== undefined) await endRun(services, run, cause);
    throw cause;
  }
}

/** The error that ended the run matters more than one in saying so. */
async function endRun(services: RunServices, run: Run, error: unknown): Promise<void> {
  const { farewell, log, logged } = services;
  const status: RunStatus = error instanceof StoppedError ? "KILLED" : "FAILED";
  const failure = reason(error).slice(0, longestReason);
  try {
    const { info } = await farewell.getRun(run.info.run_id);
    // Another attempt of the same Job got there in the meantime.
    if (info.status === "FINISHED") return;
    await farewell.logBatch(run.info.run_id, { tags: { [tags.failure]: failure } });
    await farewell.endRun(run.info.run_id, status);
    // An ending process has no time for it.
    if (status === "FAILED" && logged !== undefined) {
      await farewell.uploadArtifact(run, "log.jsonl", logged());
    }
  } catch (second) {
    log.warn({ run: run.info.run_id }, `the run could not be marked ${status}: ${reason(second)}`);
  }
}

/** @throws StoppedError where the signal is aborted before the work is done, also while a request hangs */
export function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => reject(new StoppedError());
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  return Promise.race([work, stopped]);
}
