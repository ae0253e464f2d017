import { platformEnvironment } from "../environment.ts";
import type { Report } from "../report.ts";
import { dropGoCaches, hasBuiltGoTools } from "../toolchain/go.ts";
import { ensurePlugins } from "../toolchain/plugins.ts";

/** Prints `export` lines for a POSIX shell on standard output, and nothing else there. */
export async function printEnvironment(): Promise<void> {
  const report: Report = (message) => console.error(message);
  const variables = await platformEnvironment(report);
  await ensurePlugins(variables, report);
  // Another command's builds are not to be waited for.
  if (hasBuiltGoTools()) await dropGoCaches(report);
  for (const [name, value] of Object.entries(variables)) {
    console.log(`export ${name}=${shellQuote(value)}`);
  }
}

/** A value as one POSIX shell word. */
export function shellQuote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
