import { execa } from "execa";

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Text for standard input. */
  input?: string;
  /** Seconds after which the command is ended; without it there is no limit. */
  timeout?: number;
  /** Called with each line of standard error. */
  onLine?: (line: string) => void;
}

/** A command that failed: names the command, how it ended and the last lines it said. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly output: string;
  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

/**
 * Runs a command to its end and returns its standard output without the last line break.
 * `env` is the whole environment of the command, not an addition.
 * @throws CommandError where the command cannot be started, fails or takes too long.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const child = execa(command, args, {
    cwd: options.cwd,
    env: options.env,
    extendEnv: options.env === undefined,
    input: options.input ?? "",
    timeout: options.timeout === undefined ? 0 : options.timeout * 1000,
    maxBuffer: 64 * 1024 * 1024,
    reject: false,
    forceKillAfterDelay: 5000,
  });
  if (options.onLine !== undefined) {
    const onLine = options.onLine;
    const follow = async () => {
      for await (const line of child.iterable({ from: "stderr" })) onLine(String(line));
    };
    // The iterator throws what the command itself fails with; that is reported below.
    follow().catch(() => undefined);
  }
  const result = await child;
  if (!result.failed) return result.stdout;
  const output = [result.stdout, result.stderr].join("\n").trim();
  const end = result.timedOut
    ? `took longer than ${options.timeout} s`
    : result.exitCode !== undefined
      ? `ended with exit code ${result.exitCode}`
      : `did not run (${result.signal ?? result.code ?? "unknown reason"})`;
  const shown = [command, ...args].join(" ");
  const tail = output.split("\n").slice(-15).join("\n  ");
  throw new CommandError(
    `${shown.length > 300 ? `${shown.slice(0, 300)}...` : shown}: ${end}` +
      (tail === "" ? "" : `\n  ${tail}`),
    output,
  );
}

/** Standard output and error of a command as one text, or undefined where it cannot be run or fails. */
export async function probe(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string | undefined> {
  try {
    return await run(command, args, { timeout: 20, ...options });
  } catch {
    return undefined;
  }
}
