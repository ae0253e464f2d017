import { Command } from "commander";
import { Mlflow } from "../../contracts/mlflow.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import { shortDigest } from "../../contracts/release.ts";
import { readTrainingConfig } from "../run/config.ts";
import { declarations } from "../workloads/index.ts";
import type { Surroundings } from "./surroundings.ts";

/** `train`: what a training Job runs. */
export function trainCommand(around: Surroundings): Command {
  return new Command("train")
    .description(
      "train the model that ISOTHERM_TRAINING_RUN asks for, and register it as a release",
    )
    .action(() => train(around));
}

async function train(around: Surroundings): Promise<void> {
  const { environment, log, logged, progress, signal } = around;
  const config = readTrainingConfig(environment, declarations);
  // Loaded late: only training needs the runtime, and mistakes in the configuration should show before it.
  const [{ workloads }, { attempt }] = await Promise.all([
    import("../workloads/registry.ts"),
    import("../run/attempt.ts"),
  ]);
  const workload = workloads.find(({ declaration }) => declaration.name === config.run.workload);
  if (workload === undefined) throw new Error(`workload ${config.run.workload} has no code`);
  const { registry: url, objects } = config.run;
  const services = {
    mlflow: new Mlflow({ url }),
    farewell: new Mlflow({ url, retries: 1, timeoutMs: 2_000 }),
    objects: new ObjectStore({ ...objects, ...config.credentials }),
    log,
    logged,
    progress,
    signal,
  };
  const outcome = await attempt(services, config, workload);
  const { model, version, release } = outcome;
  log.info(outcome, `${model} version ${version} is release ${shortDigest(release)}`);
}
