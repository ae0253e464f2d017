import { z } from "zod";
import type { SweepStudy } from "../../contracts/sweep.ts";
import { type Run, tagOf } from "../../contracts/mlflow-types.ts";
import type { ParameterValues } from "../../contracts/workload.ts";
import type { Observation } from "./tpe.ts";

/** Tags of the runs of a study. */
export const sweepTags = {
  /** MLflow's own: its pages show a trial below its study. */
  parent: "mlflow.parentRunId",
  /** Index of a trial. */
  trial: "isotherm.trial",
  /** How a trial ended, one of `trialStates`. */
  state: "isotherm.trial_state",
  /** Why it ended before its last step. */
  reason: "isotherm.trial_reason",
  /** On the study: index of the trial that was registered. */
  best: "isotherm.best_trial",
} as const;

/** Whether a trial came to its end, was stopped because it was hopeless, or became NaN. */
export const trialStates = ["complete", "stopped", "diverged"] as const;
export type TrialState = (typeof trialStates)[number];

/** What a trial came to, written once. */
export const TrialEnd = z.strictObject({
  runId: z.string().min(1),
  state: z.enum(trialStates),
  reason: z.string().optional(),
});
export type TrialEnd = z.infer<typeof TrialEnd>;

/** A trial as the registry shows it. */
export interface Trial {
  index: number;
  run: Run;
  /** Undefined while it runs, or where its pod failed. */
  state: TrialState | undefined;
  /** The parameters that the study draws. */
  parameters: ParameterValues;
  /** NaN where there is none. */
  value: number;
}

/** Reads a study's runs: one trial for each index, the one that ended where there are several. */
export function trialsOf(study: SweepStudy, runs: readonly Run[]): Trial[] {
  const trials = new Map<number, Trial>();
  for (const run of runs) {
    const index = Number(tagOf(run.data, sweepTags.trial) ?? Number.NaN);
    if (!Number.isInteger(index)) continue;
    const state = trialStates.find((known) => known === tagOf(run.data, sweepTags.state));
    if (state === undefined && trials.has(index)) continue;
    const metric = run.data.metrics.find(({ key }) => key === study.metric);
    const parameters = parametersIn(study, run);
    trials.set(index, { index, run, state, parameters, value: Number(metric?.value) });
  }
  return [...trials.values()].sort((one, other) => one.index - other.index);
}

/** What a method may learn from; a trial that did not come to its end is worse than all that did. */
export function observationsOf({ direction }: SweepStudy, trials: readonly Trial[]): Observation[] {
  const sign = direction === "minimize" ? 1 : -1;
  return trials
    .filter(({ state }) => state !== undefined)
    .map(({ parameters, state, value }) => ({
      parameters,
      loss: state === "complete" && !Number.isNaN(value) ? sign * value : Infinity,
    }));
}

/** Best first: complete ones by the metric, the rest by index. Of equals the earlier index is better. */
export function ranked(study: SweepStudy, trials: readonly Trial[]): Trial[] {
  const loss = new Map(
    trials.map((trial) => [trial, observationsOf(study, [trial])[0]?.loss ?? Infinity]),
  );
  return trials.toSorted((one, other) => {
    const [first, second] = [loss.get(one) as number, loss.get(other) as number];
    return first === second ? one.index - other.index : first - second;
  });
}

function parametersIn({ parameters }: SweepStudy, run: Run): ParameterValues {
  const entries = Object.entries(parameters).flatMap(([name, range]) => {
    const text = run.data.params.find(({ key }) => key === name)?.value;
    if (text === undefined) return [];
    if (!("choice" in range)) return [[name, Number(text)] as const];
    const value = range.choice.find((choice) => String(choice) === text);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
