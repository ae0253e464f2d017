import type { Logger } from "pino";
import type { Environment } from "../run/config.ts";
import type { Progress } from "../run/progress.ts";

/** What every command works in. */
export interface Surroundings {
  environment: Environment;
  log: Logger;
  /** What was logged so far, as JSON lines. */
  logged(): string;
  progress: Progress;
  /** Aborted when the process is asked to end. */
  signal: AbortSignal;
  /** Writes a result, one line, to standard output. */
  print(line: string): void;
}
