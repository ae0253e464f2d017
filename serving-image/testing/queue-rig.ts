import { setImmediate as turn } from "node:timers/promises";
import { Tensor } from "onnxruntime-node";
import { RunFailedError } from "../src/model/errors.ts";
import type { Tensors } from "../src/model/model.ts";
import { rowsOf } from "../src/model/run/batch.ts";
import type { BatchRun, Refusal } from "../src/model/run/events.ts";
import type { Executor } from "../src/model/run/executor.ts";
import { type QueueOptions, RunQueue, type Terms } from "../src/model/run/queue.ts";

/** Rows of two numbers: whose they are, and which. */
export function question(owner: number, rows: number): Tensors {
  const data = Float32Array.from({ length: rows * 2 }, (_unused, index) =>
    index % 2 === 0 ? owner : index >> 1,
  );
  return { x: new Tensor("float32", data, [rows, 2]) };
}

/** Gives back what it gets, when it is told to; fails where a row's owner is one of the poisoned. */
export class Echo implements Executor {
  readonly runs: number[] = [];
  readonly poisoned = new Set<number>();
  isClosed = false;
  error: Error | undefined;
  readonly #waiting: (() => void)[] = [];
  readonly #isHeld: boolean;

  constructor(isHeld = false) {
    this.#isHeld = isHeld;
  }

  async run(inputs: Tensors, outputs: readonly string[]) {
    this.runs.push(rowsOf(inputs));
    if (this.#isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else await turn();
    const tensor = inputs["x"] as Tensor;
    if (this.error !== undefined) throw this.error;
    const owners = (tensor.data as Float32Array).filter((_unused, index) => index % 2 === 0);
    if (owners.some((owner) => this.poisoned.has(owner))) throw new RunFailedError("poison");
    const all = { y: tensor, owner: new Tensor("float32", owners, [owners.length]) };
    const wanted = Object.entries(all).filter(([name]) => outputs.includes(name));
    return { outputs: Object.fromEntries(wanted), seconds: 0.001 * owners.length };
  }

  /** Lets the run that has waited longest go on. */
  release(): void {
    this.#waiting.shift()?.();
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

/** A queue before these, what it tells, and a question of so many rows from somebody. */
export function queueOf(executors: readonly Executor[], changes: Partial<QueueOptions> = {}) {
  const runs: Omit<BatchRun, "place">[] = [];
  const refusals: Refusal[] = [];
  const queue = new RunQueue({
    executors,
    depth: 1,
    maxBatchRows: 8,
    maxQueued: 100,
    maxQueuedRows: 1000,
    patienceMs: 10_000,
    onBatch: (run) => void runs.push(run),
    onRefused: (refusal) => void refusals.push(refusal),
    ...changes,
  });
  const ask = (owner: number, rows = 1, terms: Terms = {}) =>
    queue.run(question(owner, rows), ["y"], terms);
  return { queue, runs, refusals, ask };
}

/** How it ended: answered, or the name of the error. */
export const kindOf = async (asked: Promise<unknown>) =>
  asked.then(
    () => "answered",
    (error: Error) => error.name,
  );
