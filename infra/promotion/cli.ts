import { Command, InvalidArgumentError, Option } from "commander";
import { releaseDigits, runCommandLine } from "../command-line.ts";
import {
  listCommand,
  promoteCommand,
  rampCommand,
  rollbackCommand,
  syncCommand,
} from "./commands.ts";

/** The command line of `npm run releases`, `npm run promote`, `npm run ramp` and `npm run rollback`. */

function integer(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 100) {
    throw new InvalidArgumentError("must be a whole number from 0 to 100");
  }
  return value;
}

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("must be a number, 0 or more");
  }
  return value;
}

const program = new Command("npm run").description(
  "Copies releases between environments, promotes them and takes them back, by edits of stack files",
);

const releases = program.command("releases").description("what an environment's registry holds");
releases
  .command("sync")
  .description("copy what a stack file names into that environment's registry")
  .requiredOption("--stack <name>", "the environment, such as staging")
  .action(syncCommand);
releases
  .command("list")
  .description("the releases of an environment's models, newest first, by its own gates")
  .requiredOption("--stack <name>", "the environment, such as dev")
  .option("--limit <n>", "at most so many of a model", integer, 20)
  .action(listCommand);

program
  .command("promote")
  .description("give a release a share of an environment's requests, by an edit of its stack file")
  .argument("<model>", "the model, as the stack file calls it")
  .requiredOption("--to <name>", "the environment, such as staging")
  .option(
    "--weight <percent>",
    "its share of the requests; the other slot gets the rest (default: the ramp's next step, 100 for a model's first release)",
    integer,
  )
  .option(
    "--from <name>",
    "where it comes from (default: what its slots name, else the one before)",
  )
  .option("--release <digits>", "12 or 64 digits (default: what --from serves)", releaseDigits)
  .option(
    "--metric <name>",
    "in which metric this release must be as good as the incumbent (default: what the stack file says)",
  )
  .option(
    "--tolerance <amount>",
    "how much worse than the incumbent this release may be (default: what the stack file says)",
    amount,
  )
  .option(
    "--data <name@version>",
    "held-out data in the target's bucket (default: the workload's own)",
  )
  .option("--target <column>", "the truth, where no workload of ours made both (default: target)")
  .option("--no-compare", "leave the comparison of this release with the incumbent out")
  .option("--apply", "run `pulumi up` after the edit")
  .option("--dry-run", "show the edit and do not write it; the release is copied all the same")
  .action(promoteCommand);

program
  .command("rollback")
  .description(
    "give all requests back to the release that served before, by an edit of the stack file that is applied at once",
  )
  .argument("<model>", "the model, as the stack file calls it")
  .requiredOption("--env <name>", "the environment, such as prod")
  .addOption(
    new Option(
      "--to <slot>",
      "the slot to go back to (default: that of the release which was admitted first)",
    ).choices(["blue", "green"]),
  )
  .option("--no-apply", "leave `pulumi up` after the edit out")
  // What it does anyway, in the words of the other commands.
  .addOption(new Option("--apply").hideHelp())
  .option("--dry-run", "show the edit, and neither write nor apply it")
  .action(rollbackCommand);

program
  .command("ramp")
  .description(
    "the next step of a release's ramp, by an edit of the stack file, or how long is left",
  )
  .argument("<model>", "the model, as the stack file calls it")
  .requiredOption("--env <name>", "the environment, such as prod")
  .option("--apply", "run `pulumi up` after the edit")
  .option("--dry-run", "show the edit and do not write it")
  .action(rampCommand);

await runCommandLine(program);
