import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { homePaths } from "./paths.ts";

export interface StageTiming {
  stage: string;
  /** Wall time. */
  seconds: number;
}

const file = join(homePaths.logs, "last-start.json");

/** Keeps the stage times of the last `npm start` beside its logs, for people. */
export function recordTimings(stages: readonly StageTiming[]): void {
  writeFileSync(file, `${JSON.stringify(stages, null, 2)}\n`);
}
