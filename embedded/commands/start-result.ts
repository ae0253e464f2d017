import type { Platform } from "../platform.ts";
import type { UpSummary } from "../stacks/stack.ts";
import type { StageTiming } from "../timings.ts";
import type { Prediction } from "./first-prediction.ts";

/** What a start made, and what it answered. */
export interface StartResult {
  platform: Platform;
  /** By name. */
  stacks: Record<string, UpSummary>;
  predictions: Prediction[];
  stages: StageTiming[];
}
