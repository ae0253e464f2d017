import { Command, InvalidArgumentError } from "commander";
import type { SeenEnd } from "../../contracts/ledger-verify.ts";
import { runCommandLine } from "../command-line.ts";
import { historyCommand, verifyCommand } from "./commands.ts";
import { parseMoment, type Moment } from "./moment.ts";

/** The command line of `npm run history` and `npm run ledger`. */

function moment(text: string): Moment {
  const parsed = parseMoment(text);
  if (parsed !== undefined) return parsed;
  throw new InvalidArgumentError(
    "must be a day, such as 2026-11-01, or a time with its zone, such as 2026-11-01T10:00:00Z",
  );
}

function seenEnd(text: string): SeenEnd {
  const [, sequence, sha256] = /^([1-9][0-9]{0,11}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (sequence === undefined || sha256 === undefined) {
    throw new InvalidArgumentError("must be what an earlier verification printed: 42:<64 digits>");
  }
  return { sequence: Number(sequence), sha256, who: "what you kept" };
}

const program = new Command("npm run").description(
  "Reads the ledger of an environment: what served, since when, by whom, and why",
);
const keyOption = [
  "--public-key <file>",
  "the ledger's public key (default: the one in the environment's namespace)",
] as const;

program
  .command("history")
  .description("what served a model at one time, or every change there was")
  .argument("<model>", "the model, as the stack file calls it")
  .requiredOption("--env <name>", "the environment, such as prod")
  .option("--at <time>", "a day (UTC), or a time with its zone (default: every change)", moment)
  .option(...keyOption)
  .option("--json", "print JSON")
  .action(historyCommand);

program
  .command("ledger")
  .description("the ledger itself")
  .command("verify")
  .description("find entries that were changed, removed or reordered")
  .requiredOption("--env <name>", "the environment, such as prod")
  .option(...keyOption)
  .option(
    "--seen <end>",
    "an end that an earlier verification printed, which must still be there",
    seenEnd,
  )
  .action(verifyCommand);

await runCommandLine(program);
