import { platformEnvironment } from "../environment.ts";

/** Prints `export` lines for a POSIX shell on standard output, and nothing else there. */
export async function printEnvironment(): Promise<void> {
  const variables = await platformEnvironment((message) => console.error(message));
  for (const [name, value] of Object.entries(variables))
    console.log(`export ${name}=${shellQuote(value)}`);
}

/** A value as one POSIX shell word. */
export function shellQuote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
