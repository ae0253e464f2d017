import { platformEnvironment } from "../environment.ts";

/** Prints `export` lines for a POSIX shell, and nothing else. */
export async function printEnvironment(): Promise<void> {
  const variables = await platformEnvironment();
  for (const [name, value] of Object.entries(variables))
    console.log(`export ${name}=${shellQuote(value)}`);
}

/** A value as one POSIX shell word. */
export function shellQuote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
