import type { Logger } from "pino";
import type { EarlyStopping } from "../../contracts/sweep.ts";
import { reason } from "../run/context.ts";
import { GivenUpError } from "../workloads/errors.ts";
import type { TrainingContext } from "../workloads/workload.ts";
import { Climb, outOfReach } from "./median-rule.ts";

/** A trial is stopped because others were better by the same step; it is no failure. */
export class HopelessTrialError extends GivenUpError {
  constructor(metric: string, rung: number, own: number, median: number) {
    super(
      `stopped at step ${rung}: ${metric} came down to ${own}, the median of the other trials by then is ${median}`,
    );
    this.name = "HopelessTrialError";
  }
}

/** What trials know of each other: the lowest value that each came to by a rung. */
export interface Rungs {
  /** Of this trial, by rung. */
  own(): Promise<ReadonlyMap<number, number>>;
  /** Tells what this trial came to. */
  tell(reached: ReadonlyMap<number, number>): Promise<void>;
  /** Of the other trials that have come to a rung. */
  others(rung: number): Promise<number[]>;
}

/**
 * What a workload is given where hopeless trials are stopped: told of its steps, it is compared with the others at
 * rungs, and its training ends with a HopelessTrialError. Where the registry does not answer, it trains on.
 */
export function stoppedWhereHopeless(
  context: TrainingContext,
  rule: EarlyStopping,
  rungs: Rungs,
  log: Logger,
): TrainingContext {
  const climb = new Climb(rule);
  const hopeless = new AbortController();
  let checking = Promise.resolve();
  const quietly = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      log.warn(`this trial could not be compared with the others: ${reason(error)}`);
    }
  };
  const check = (reached: ReadonlyMap<number, number>) =>
    quietly(async () => {
      await rungs.tell(reached);
      const [rung, own] = [...reached].at(-1) as [number, number];
      const median = outOfReach(rule, own, await rungs.others(rung));
      if (median === undefined) return;
      hopeless.abort(new HopelessTrialError(rule.metric, rung, own, median));
    });
  return {
    ...context,
    signal: AbortSignal.any([context.signal, hopeless.signal]),
    progress(firstStep, traces) {
      context.progress(firstStep, traces);
      const reached = climb.take(firstStep, traces);
      if (reached.size > 0) checking = checking.then(() => check(reached));
    },
    checkpoints: {
      async last() {
        const last = await context.checkpoints.last();
        if (last !== undefined) await quietly(async () => climb.resume(await rungs.own()));
        return last;
      },
      async offer(checkpoint) {
        await checking;
        hopeless.signal.throwIfAborted();
        await context.checkpoints.offer(checkpoint);
      },
    },
  };
}
