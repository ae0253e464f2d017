import { Mlflow } from "../../contracts/mlflow.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import { shortDigest } from "../../contracts/release.ts";
import type { TrainingConfig } from "../run/config.ts";
import type { Outcome } from "../run/outcome.ts";
import type { RunServices } from "../run/with-run.ts";
import type { Surroundings } from "./surroundings.ts";

/** The clients of a run, at the places that its configuration names. */
export function runServices(
  { run, credentials }: Pick<TrainingConfig, "run" | "credentials">,
  { log, logged, progress, signal }: Surroundings,
): RunServices {
  const { registry: url, objects } = run;
  return {
    mlflow: new Mlflow({ url }),
    farewell: new Mlflow({ url, retries: 1, timeoutMs: 2_000 }),
    objects: new ObjectStore({ ...objects, ...credentials }),
    log,
    logged,
    progress,
    signal,
  };
}

/** The last line of a Job that made a version, or found the one it had made. */
export function tellOutcome({ log, progress }: Surroundings, outcome: Outcome): void {
  progress.clear();
  const { model, version, release } = outcome;
  log.info(outcome, `${model} version ${version} is release ${shortDigest(release)}`);
}
