import { Command } from "commander";
import { readTrainingConfig } from "../run/config.ts";
import { BadInputError } from "../workloads/errors.ts";
import { declarations } from "../workloads/index.ts";
import { runServices, tellOutcome } from "./run-services.ts";
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
  const config = readTrainingConfig(around.environment, declarations);
  if (config.run.trainer !== undefined) {
    throw new BadInputError(
      "ISOTHERM_TRAINING_RUN.trainer: a trainer trains by itself, between `fetch-data` and `collect`",
    );
  }
  // Loaded late: only training needs the runtime, and mistakes in the configuration should show before it.
  const [{ workloads }, { attempt }, { inTurn }] = await Promise.all([
    import("../workloads/registry.ts"),
    import("../run/attempt.ts"),
    import("../run/turn.ts"),
  ]);
  const workload = workloads.find(({ declaration }) => declaration.name === config.run.workload);
  if (workload === undefined) throw new Error(`workload ${config.run.workload} has no code`);
  const { run, job } = config;
  const turn = { bucket: run.objects.bucket, name: run.name, job };
  const outcome = await inTurn(runServices(config, around), turn, (services) =>
    attempt(services, config, workload),
  );
  tellOutcome(around, outcome);
}
