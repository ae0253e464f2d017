import type { AnswerLineage } from "../model.ts";
import type { Placement } from "./placement.ts";

/** Why a request that waited for its model did not run. */
export type Refusal = "queue-full" | "deadline" | "aborted";

/** One run of a graph, for all the requests that it answered. */
export interface BatchRun {
  place: Placement["place"];
  requests: number;
  /** Rows of the requests; those that only fill a bucket are not counted. */
  rows: number;
  /** Inside the graph. */
  runSeconds: number;
  /** How long the first of the requests had waited. */
  waitSeconds: number;
}

/**
 * What happens between a request and its answer. Called on the main thread, in the path of answers: a listener only
 * counts. The depth of a queue is not told, it is read: `ServedModel.queued`.
 */
export interface RunEvents {
  batch: (lineage: AnswerLineage, run: BatchRun) => void;
  refused: (lineage: AnswerLineage, refusal: Refusal) => void;
  /** A worker ended by itself; another one takes its place. */
  workerLost: (lineage: AnswerLineage, message: string) => void;
}

export const noEvents: RunEvents = {
  batch: () => undefined,
  refused: () => undefined,
  workerLost: () => undefined,
};
