import { Command } from "commander";
import { runCommandLine } from "../command-line.ts";
import { type BackupOptions, backupCommand } from "./command.ts";

/** The command line of `npm run backup`. */
const program = new Command("npm run backup --").description(
  "Backs up an environment's registry, restores a backup on trial, or for good",
);
const withEnvironment = (command: Command) =>
  command.requiredOption("--env <name>", "the environment, such as prod");
const withPoint = (command: Command) =>
  withEnvironment(command).option("--point <name>", "which backup (default: the newest)");

withEnvironment(program.command("run"))
  .description("make a backup now, beside those of the schedule")
  .action((options: BackupOptions) => backupCommand("run", options));
withPoint(program.command("verify"))
  .description(
    "the drill: restore a backup into a database that is thrown away, and check all that it names",
  )
  .action((options: BackupOptions) => backupCommand("verify", options));
withPoint(program.command("restore"))
  .description("restore a backup into the environment's registry, which must be empty")
  .action((options: BackupOptions) => backupCommand("restore", options));

await runCommandLine(program);
