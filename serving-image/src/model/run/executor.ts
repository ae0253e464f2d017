import type { Tensors } from "../model.ts";

/** The outputs of one run, and how long the graph itself took. */
export interface Answered {
  outputs: Tensors;
  seconds: number;
}

/** Something that runs a graph, here or in another thread. */
export interface Executor {
  /** @throws RunFailedError where the graph fails on these inputs, WorkerLostError where nothing runs it (now) */
  run: (inputs: Tensors, outputs: readonly string[]) => Promise<Answered>;
  /** Gives the graph's memory back. Called once nothing runs. */
  close: () => Promise<void>;
}
