import { Command } from "commander";
import { releaseDigits, runCommandLine } from "../command-line.ts";
import { holdCommand } from "./command.ts";

/** The command line of `npm run hold`. */
const program = new Command("npm run hold --")
  .description(
    "put a release on hold, so that it gets no requests until the hold is lifted; sets no weight",
  )
  .argument("<model>", "the model, as the stack file calls it")
  .requiredOption("--release <digits>", "12 or 64 digits", releaseDigits)
  .requiredOption("--env <name>", "the environment, such as prod")
  .option("--reason <sentence>", "why: previews show it")
  .option("--lift", "lift the hold")
  .action(holdCommand);

await runCommandLine(program);
