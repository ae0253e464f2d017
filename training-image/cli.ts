import { Command, CommanderError } from "commander";
import { Mlflow } from "../contracts/mlflow.ts";
import { ObjectStore } from "../contracts/object-store.ts";
import { readTrainingConfig } from "./run/config.ts";
import { reason } from "./run/context.ts";
import { exitCodeOf, exitCodes } from "./run/exit-code.ts";
import { createLog } from "./run/log.ts";
import { initialiseStorage } from "./run/storage-init.ts";
import { shortDigest } from "../contracts/release.ts";
import { declarations } from "./workloads/index.ts";

const log = createLog();
const ending = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    log.warn({ signal }, `${signal}: ending`);
    ending.abort();
  });
}

async function train(): Promise<void> {
  const config = readTrainingConfig(process.env, declarations);
  // Loaded late: only training needs the runtime, and mistakes in the configuration should show before it.
  const [{ workloads }, { attempt }] = await Promise.all([
    import("./workloads/registry.ts"),
    import("./run/attempt.ts"),
  ]);
  const workload = workloads.find(({ declaration }) => declaration.name === config.run.workload);
  if (workload === undefined) throw new Error(`workload ${config.run.workload} has no code`);
  const { registry: url, objects } = config.run;
  const services = {
    mlflow: new Mlflow({ url }),
    farewell: new Mlflow({ url, retries: 1, timeoutMs: 2_000 }),
    objects: new ObjectStore({ ...objects, ...config.credentials }),
    log,
    signal: ending.signal,
  };
  const outcome = await attempt(services, config, workload);
  const { model, version, release } = outcome;
  log.info(outcome, `${model} version ${version} is release ${shortDigest(release)}`);
}

const program = new Command("isotherm-training")
  .description("Trains and registers models")
  .exitOverride();
program
  .command("train")
  .description("train the model that ISOTHERM_TRAINING_RUN asks for, and register it as a release")
  .action(train);
program
  .command("storage-init")
  .description("make the buckets of an environment at AWS_ENDPOINT_URL")
  .action(() => initialiseStorage(process.env, log));

try {
  await program.parseAsync();
  process.exitCode = exitCodes.ok;
} catch (error) {
  // The command line's own help and mistakes have been printed already.
  if (error instanceof CommanderError) {
    process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.badInput);
  }
  log.error({ error: error instanceof Error ? error.name : "Error" }, reason(error));
  process.exitCode = exitCodeOf(error);
}
// A request that hangs must not hold an ended process.
process.exit();
