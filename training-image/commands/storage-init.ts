import { Command } from "commander";
import { initialiseStorage } from "../run/storage-init.ts";
import type { Surroundings } from "./surroundings.ts";

/** `storage-init`: what an environment's set-up Job runs. */
export function storageInitCommand({ environment, log }: Surroundings): Command {
  return new Command("storage-init")
    .description("make the buckets of an environment at AWS_ENDPOINT_URL")
    .action(() => initialiseStorage(environment, log));
}
