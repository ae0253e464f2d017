import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { dataSetDigest } from "../../contracts/data-set.ts";
import { imageTags } from "../../contracts/image-tags.ts";
import { tags } from "../../contracts/names.ts";
import { Evidence } from "../../contracts/evidence.ts";
import { Name } from "../../contracts/primitives.ts";
import { type BroughtFiles, readBrought } from "../brought/brought-model.ts";
import { tableBaseline } from "../brought/table-baseline.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import { withRun } from "../run/with-run.ts";
import { Mlflow } from "../../contracts/mlflow.ts";
import { BadInputError } from "../workloads/errors.ts";
import {
  openRegistry,
  openStore,
  type PlaceOptions,
  requireDataSet,
  requireRegistryUrl,
  withRegistry,
  withStore,
} from "./options.ts";
import { tellOutcome } from "./run-services.ts";
import type { Surroundings } from "./surroundings.ts";

interface Options extends PlaceOptions {
  name: string;
  onnx: string;
  metrics: string;
  data: string;
  environment: string;
  contract?: string;
  baseline?: string;
  example?: string;
  features?: string[];
  classes?: string[];
  params?: string;
  workload?: string;
  gitCommit: string;
  image: string;
}

const list = (text: string) => text.split(",").map((part) => part.trim());

/** `register`: a finished ONNX file becomes a version like any other (SPEC X-01). */
export function registerCommand(around: Surroundings): Command {
  return withRegistry(withStore(new Command("register")))
    .description(
      "register an ONNX file that was trained elsewhere, with its lineage and its evidence",
    )
    .requiredOption("--name <name>", "the model, as the stack file calls it")
    .requiredOption("--onnx <file>", "the model: preprocessing inside, free first dimension")
    .requiredOption("--metrics <file>", "JSON object of numbers by name, measured on held-out data")
    .requiredOption("--data <data set>", "name@version that it was trained on; see `data push`")
    .requiredOption("--environment <name>", "environment whose registry this is")
    .option("--contract <file>", "model contract; otherwise derived from the file's own signature")
    .option("--features <names>", "columns in order, for a contract that is derived", list)
    .option("--classes <names>", "classes by index, for a contract that is derived", list)
    .option("--baseline <file>", "drift baseline")
    .option("--example <file>", "JSON object of every input's values, for a row or more")
    .option("--params <json>", "what it was trained with, as one JSON object")
    .option("--workload <name>", "what lineage says trained it (default: the model's name)")
    .option("--git-commit <commit>", "commit of the code that trained it", "unknown")
    .option("--image <image>", "image in which it was trained", "unknown")
    .action((options: Options) => registerFile(options, around));
}

async function registerFile(options: Options, around: Surroundings): Promise<void> {
  const { name, environment, workload = name, gitCommit, image, bucket } = options;
  for (const [option, value] of Object.entries({ name, environment, workload })) {
    const result = Name.safeParse(value);
    if (!result.success) throw new BadInputError(`--${option}: ${result.error.issues[0]?.message}`);
  }
  const dataSetName = requireDataSet(options.data);
  const mlflow = openRegistry(options);
  const farewell = new Mlflow({ url: requireRegistryUrl(options), retries: 1, timeoutMs: 2_000 });
  const objects = openStore(options, around);
  const params = readParams(options.params);
  const files = await readFiles(options);
  const store = new DataSetStore(objects, bucket);
  const manifest = await store.manifest(dataSetName);
  const sha256 = dataSetDigest(manifest);
  const brought = readBrought(files, {
    name,
    dataSha256: sha256,
    features: options.features,
    classes: options.classes,
  });
  const dataSet = { name: manifest.name, version: manifest.version, sha256, rows: manifest.rows };
  const lineage = { environment, workload, gitCommit, image };
  // The same file with the same words beside it is the same Job: asked again, it gives the version that was made.
  const { model, ...words } = brought;
  const job = sha256Hex(
    canonicalJson({ model: sha256Hex(model), ...words, lineage, dataSet, params }),
  );
  const { registerBrought } = await import("../brought/register-brought.ts");
  const { log, logged, progress, signal } = around;
  const services = { mlflow, farewell, objects, log, logged, progress, signal };
  const runTags = {
    [tags.training]: name,
    [tags.workload]: workload,
    [tags.environment]: environment,
    [tags.gitCommit]: gitCommit,
    ...imageTags(image),
  };
  const outcome = await withRun(services, { job, name, bucket, tags: runTags }, (run) =>
    registerBrought(services, {
      run,
      name,
      bucket,
      params,
      lineage,
      dataSet,
      brought,
      kind: "file",
      baseline: (contract) => tableBaseline(contract, manifest, store),
    }),
  );
  tellOutcome(around, outcome);
}

async function readFiles(options: Options): Promise<BroughtFiles> {
  const text = async (option: "metrics" | "contract" | "baseline" | "example") => {
    const file = options[option];
    return file === undefined ? undefined : new TextDecoder().decode(await bytes(option, file));
  };
  return {
    model: await bytes("onnx", options.onnx),
    metrics: (await text("metrics")) ?? "",
    contract: await text("contract"),
    baseline: await text("baseline"),
    example: await text("example"),
  };
}

async function bytes(option: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new BadInputError(`--${option}: ${(error as Error).message}`);
  }
}

function readParams(text: string | undefined): Record<string, string | number | boolean> {
  if (text === undefined) return {};
  try {
    return Evidence.shape.params.parse(JSON.parse(text));
  } catch {
    throw new BadInputError(
      `--params: must be one JSON object of texts, numbers and booleans, such as '{"C": 1}'`,
    );
  }
}
