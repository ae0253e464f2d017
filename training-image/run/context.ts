import type { Logger } from "pino";
import type { Mlflow } from "../../contracts/mlflow.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { GivenUpError } from "../workloads/errors.ts";
import type { Progress } from "./progress.ts";

/** What a run of the training image works with. */
export interface Services {
  mlflow: Mlflow;
  objects: Pick<ObjectStore, "get" | "put" | "putOnce" | "has" | "list" | "listEntries" | "delete">;
  log: Logger;
  /** Shows how far a work is, where somebody looks. */
  progress?: Progress;
  /** The log of this process so far, as JSON lines. */
  logged?: () => string;
  /** Aborted when the process is asked to end. */
  signal: AbortSignal;
}

/**
 * Does one step of a run and logs how long it took, in milliseconds.
 * @param seconds takes the time of a step that succeeds, in seconds by name
 */
export async function step<T>(
  services: Services,
  name: string,
  work: () => Promise<T>,
  seconds?: Record<string, number>,
): Promise<T> {
  services.signal.throwIfAborted();
  const start = performance.now();
  const elapsedMs = () => Math.round(performance.now() - start);
  try {
    const result = await work();
    if (seconds !== undefined) seconds[name] = elapsedMs() / 1000;
    services.log.info({ step: name, elapsedMs: elapsedMs() }, `${name} done`);
    return result;
  } catch (error) {
    const [level, verb] =
      error instanceof GivenUpError
        ? (["info", "given up"] as const)
        : (["error", "failed"] as const);
    services.log[level](
      { step: name, elapsedMs: elapsedMs() },
      `${name} ${verb}: ${reason(error)}`,
    );
    throw error;
  }
}

/** An error in one line. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `${error.message}${cause}`;
}
