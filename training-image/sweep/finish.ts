import { tagOf } from "../../contracts/mlflow-types.ts";
import { tags } from "../../contracts/names.ts";
import { reason } from "../run/context.ts";
import { startOf } from "../run/evidence.ts";
import type { Outcome } from "../run/outcome.ts";
import { registerStored } from "../../contracts/registration.ts";
import type { RunServices } from "../run/with-run.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { SweepConfig } from "./config.ts";
import type { Study } from "./study.ts";
import { ranked, sweepTags, type Trial } from "./trial.ts";

/**
 * Registers the best trial where all have ended. Whoever ends a trial last sees all of them; where two do, both come to
 * the same version.
 * @param early whether to take the best of those that have ended though others have not: a pod may have failed for good
 * @throws BadInputError where no trial came to its end
 */
export async function finishStudy(
  services: RunServices,
  { study, training }: SweepConfig,
  opened: Study,
  early = false,
): Promise<Outcome | undefined> {
  const { mlflow, log } = services;
  const { name } = training.run;
  const trials = await opened.trials();
  const ended = trials.filter(({ state }) => state !== undefined);
  if (ended.length < study.trials && !early) {
    const left = study.trials - ended.length;
    log.info({ ended: ended.length, left }, `${left} of ${study.trials} trials have not ended`);
    return undefined;
  }
  const ranking = ranked(study, ended);
  for (const [place, trial] of ranking.entries()) {
    log.info({ rank: place + 1, ...shown(trial) }, `${place + 1}. ${inWords(study.metric, trial)}`);
  }
  const [best] = ranking;
  if (best?.state !== "complete" || Number.isNaN(best.value)) {
    throw await failed(services, opened, ended);
  }
  const digest = tagOf(best.run.data, tags.release);
  if (digest === undefined) throw new Error(`mlflow: trial ${best.index} names no release`);
  const version = await registerStored(services, { run: best.run, name, digest });

  const { run } = opened;
  const runId = run.info.run_id;
  await mlflow.uploadArtifact(run, "ranking.json", JSON.stringify(ranking.map(shown), null, 2));
  await mlflow.logBatch(runId, {
    params: { method: study.method, trials: String(study.trials), seed: String(study.seed) },
    metrics: [{ key: study.metric, value: best.value, timestamp: startOf(run), step: 0 }],
    tags: { [tags.release]: digest, [sweepTags.best]: String(best.index) },
  });
  await mlflow.endRun(runId, "FINISHED");
  return { model: name, version: version.version, release: digest };
}

/** One line on a trial. */
export function inWords(metric: string, { index, state, parameters, value }: Trial): string {
  const drawn = Object.entries(parameters).map(([name, of]) => `${name} ${of}`);
  const came = state === "complete" ? `${metric} ${value}` : (state ?? "not ended");
  return `trial ${index}: ${came} with ${drawn.join(", ")}`;
}

function shown({ index, run, state, parameters, value }: Trial) {
  const measured = Number.isNaN(value) ? {} : { value };
  return { trial: index, state, ...measured, parameters, run: run.info.run_id };
}

async function failed(
  { farewell, log }: RunServices,
  { run }: Study,
  ended: readonly Trial[],
): Promise<BadInputError> {
  const message = `none of ${ended.length} trials came to its end: look for ranges that diverge`;
  try {
    await farewell.logBatch(run.info.run_id, { tags: { [tags.failure]: message } });
    await farewell.endRun(run.info.run_id, "FAILED");
  } catch (error) {
    log.warn(`the study could not be marked FAILED: ${reason(error)}`);
  }
  return new BadInputError(message);
}
