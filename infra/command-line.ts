import { type Command, InvalidArgumentError } from "commander";
import pc from "picocolors";
import { Digest } from "./schema-parts.ts";

/** A release by its digits, as an option gives them. @throws InvalidArgumentError */
export function releaseDigits(text: string): string {
  if (Digest.safeParse(text).success) return text;
  throw new InvalidArgumentError("must be 12 or 64 lower-case hexadecimal digits");
}

/** Runs a command line and ends the process: with 1, and the reason for people, where it fails. */
export async function runCommandLine(program: Command): Promise<never> {
  try {
    await program.parseAsync();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`${pc.red("error")} ${message}`);
    if (process.env["ISOTHERM_DEBUG"] !== undefined) console.error(error);
    process.exitCode = 1;
  }
  // A tunnel's connection that lingers must not hold an ended process.
  process.exit();
}
