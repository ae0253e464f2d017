import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { homePaths } from "./paths.ts";

export interface StageTiming {
  stage: string;
  /** Wall time. */
  seconds: number;
}

const file = join(homePaths.logs, "last-start.json");

/** Keeps the stage times of the last `npm start`, for `npm run bench:start`. */
export function recordTimings(stages: readonly StageTiming[]): void {
  writeFileSync(file, `${JSON.stringify(stages, null, 2)}\n`);
}

/** @returns the stage times of the last `npm start`, or none. */
export function readTimings(): StageTiming[] {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as StageTiming[];
  } catch {
    return [];
  }
}
