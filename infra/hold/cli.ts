import { Command, InvalidArgumentError } from "commander";
import pc from "picocolors";
import { Digest } from "../schema-parts.ts";
import { holdCommand } from "./command.ts";

function release(text: string): string {
  const { success } = Digest.safeParse(text);
  if (!success) throw new InvalidArgumentError("must be 12 or 64 lower-case hexadecimal digits");
  return text;
}

/** The command line of `npm run hold`. */
const program = new Command("npm run hold --")
  .description(
    "put a release on hold, so that it gets no requests until the hold is lifted; sets no weight",
  )
  .argument("<model>", "the model, as the stack file calls it")
  .requiredOption("--release <digits>", "12 or 64 digits", release)
  .requiredOption("--env <name>", "the environment, such as prod")
  .option("--reason <sentence>", "why: previews show it")
  .option("--lift", "lift the hold")
  .action(holdCommand);

try {
  await program.parseAsync();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`${pc.red("error")} ${message}`);
  if (process.env["ISOTHERM_DEBUG"] !== undefined) console.error(error);
  process.exitCode = 1;
}
