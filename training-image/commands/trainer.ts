import { Command } from "commander";
import { dataSetDigest } from "../../contracts/data-set.ts";
import { imageTags } from "../../contracts/image-tags.ts";
import { tags } from "../../contracts/names.ts";
import { runContract } from "../../contracts/run-contract.ts";
import type { Trainer } from "../../contracts/training-run.ts";
import { readBrought } from "../brought/brought-model.ts";
import { readLeft, readOutputFolder } from "../brought/output-folder.ts";
import { tableBaseline } from "../brought/table-baseline.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import { pull } from "../data/pull.ts";
import { readTrainingConfig, type TrainingConfig } from "../run/config.ts";
import { step } from "../run/context.ts";
import { unlessStopped, withRun } from "../run/with-run.ts";
import { BadInputError } from "../workloads/errors.ts";
import { declarations } from "../workloads/index.ts";
import { runServices, tellOutcome } from "./run-services.ts";
import type { Surroundings } from "./surroundings.ts";

const { variables } = runContract;

/** `fetch-data`: what runs before a trainer of the user's own. */
export function fetchDataCommand(around: Surroundings): Command {
  return new Command("fetch-data")
    .description(
      `lay the data set of ISOTHERM_TRAINING_RUN out in ${variables.data}, for a trainer that keeps the run contract`,
    )
    .action(async () => {
      const { config, dataSet } = readTrainerConfig(around);
      const folder = requireFolder(around, variables.data);
      const services = runServices(config, around);
      const store = new DataSetStore(services.objects, config.run.objects.bucket);
      const work = () => unlessStopped(services.signal, pull(store, dataSet, folder));
      await step(services, "fetch", work);
    });
}

/** `collect`: what runs after a trainer of the user's own. */
export function collectCommand(around: Surroundings): Command {
  return new Command("collect")
    .description(
      `register what a trainer left in ${variables.output}, as ISOTHERM_TRAINING_RUN says (see docs/run-contract.md)`,
    )
    .action(() => collect(around));
}

async function collect(around: Surroundings): Promise<void> {
  const { config, trainer, dataSet } = readTrainerConfig(around);
  const folder = requireFolder(around, variables.output);
  const { registerBrought } = await import("../brought/register-brought.ts");
  const services = runServices(config, around);
  const { run: asked, job } = config;
  const { name, workload, environment, gitCommit, objects, params } = asked;
  const { bucket } = objects;
  const runTags = {
    [tags.training]: name,
    [tags.workload]: workload,
    [tags.environment]: environment,
    [tags.gitCommit]: gitCommit,
    ...imageTags(trainer.image),
  };
  const outcome = await withRun(services, { job, name, bucket, tags: runTags }, async (run) => {
    const store = new DataSetStore(services.objects, bucket);
    const manifest = await store.manifest(dataSet);
    const sha256 = dataSetDigest(manifest);
    const output = await readOutputFolder(folder);
    const declared = Object.keys(trainer.metrics);
    const brought = readBrought(output, { name, declared, dataSha256: sha256 });
    return registerBrought(services, {
      run,
      name,
      bucket,
      params,
      lineage: { environment, workload, gitCommit, image: trainer.image },
      dataSet: { name: manifest.name, version: manifest.version, sha256, rows: manifest.rows },
      brought,
      kind: "trainer",
      baseline: (contract) => tableBaseline(contract, manifest, store),
      artifacts: output.artifacts.map((path) => ({
        path,
        read: async () => (await readLeft(folder, path)) ?? new Uint8Array(),
      })),
    });
  });
  tellOutcome(around, outcome);
}

function readTrainerConfig({ environment }: Surroundings): {
  config: TrainingConfig;
  trainer: Trainer;
  dataSet: string;
} {
  const config = readTrainingConfig(environment, declarations);
  const { trainer, dataSet } = config.run;
  if (trainer === undefined || dataSet === undefined) {
    throw new BadInputError("ISOTHERM_TRAINING_RUN.trainer: is not there: `train` does it all");
  }
  return { config, trainer, dataSet };
}

function requireFolder({ environment }: Surroundings, variable: string): string {
  const folder = environment[variable] ?? "";
  if (folder === "") throw new BadInputError(`${variable} is not set: it must name a folder`);
  return folder;
}
