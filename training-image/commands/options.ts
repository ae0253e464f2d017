import { type Command, Option } from "commander";
import { buckets } from "../../contracts/names.ts";
import { Mlflow } from "../../contracts/mlflow.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import { splitDataSetName } from "../../contracts/data-set.ts";
import { BadInputError } from "../workloads/errors.ts";
import { requireCredentials } from "../run/config.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where the platform is. Credentials are no options: a command line is seen by every process of a machine. */
export interface PlaceOptions {
  endpoint?: string;
  region: string;
  bucket: string;
  registry?: string;
}

/** Adds the options that say where the object store is. */
export function withStore(command: Command): Command {
  return command
    .addOption(new Option("--endpoint <url>", "object store").env("AWS_ENDPOINT_URL"))
    .addOption(new Option("--region <name>", "its region").env("AWS_REGION").default("us-east-1"))
    .addOption(
      new Option("--bucket <name>", "bucket of releases and data sets").default(buckets.releases),
    )
    .addHelpText("after", "\nCredentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
}

/** Adds the option that says where the registry is. */
export function withRegistry(command: Command): Command {
  return command.addOption(
    new Option("--registry <url>", "MLflow's base URL").env("MLFLOW_TRACKING_URI"),
  );
}

/** @throws BadInputError where endpoint or credentials are missing */
export function openStore(options: PlaceOptions, { environment }: Surroundings): ObjectStore {
  const endpoint = requireUrl(options.endpoint, "--endpoint", "AWS_ENDPOINT_URL");
  return new ObjectStore({ endpoint, region: options.region, ...requireCredentials(environment) });
}

/** @throws BadInputError where no registry is named */
export function openRegistry(options: PlaceOptions): Mlflow {
  return new Mlflow({ url: requireRegistryUrl(options) });
}

/** @throws BadInputError where no registry is named */
export function requireRegistryUrl({ registry }: PlaceOptions): string {
  return requireUrl(registry, "--registry", "MLFLOW_TRACKING_URI");
}

/** @throws BadInputError where a data set is not named as it should be */
export function requireDataSet(text: string): string {
  try {
    splitDataSetName(text);
  } catch (error) {
    throw new BadInputError(`--data: ${(error as Error).message}, such as wine@2026-01`);
  }
  return text;
}

function requireUrl(text: string | undefined, option: string, variable: string): string {
  if (text === undefined || !URL.canParse(text)) {
    throw new BadInputError(`${option} (or ${variable}): must be a URL, such as http://host:7070`);
  }
  return text;
}
