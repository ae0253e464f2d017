import { setTimeout as pause } from "node:timers/promises";
import { WorkerLostError } from "../errors.ts";
import type { Tensors } from "../model.ts";
import type { Answered, Executor } from "./executor.ts";
import type { SessionWorker } from "./session-worker.ts";

const firstPauseMs = 250;
const longestPauseMs = 15_000;

/** Opens the graph in a new worker, which calls `onLost` if it ends by itself. */
export type OpenWorker = (onLost: (message: string) => void) => Promise<SessionWorker>;

/**
 * A worker, and another one whenever it ends by itself. Requests wait for the first try to replace it; where that
 * fails, they are told until a later one succeeds.
 */
export class SupervisedWorker implements Executor {
  readonly #open: OpenWorker;
  readonly #onLost: (message: string) => void;
  #worker: Promise<SessionWorker>;
  #isLost = false;
  #isClosed = false;

  private constructor(open: OpenWorker, onLost: (message: string) => void) {
    this.#open = open;
    this.#onLost = onLost;
    this.#worker = open((message) => this.#lose(message));
  }

  /**
   * @param onLost told each time that a worker ends by itself, with what is known of the cause
   * @throws LoadError where the first worker does not open
   */
  static async start(
    open: OpenWorker,
    onLost: (message: string) => void,
  ): Promise<SupervisedWorker> {
    const worker = new SupervisedWorker(open, onLost);
    await worker.#worker;
    return worker;
  }

  /** Whether there is no worker right now. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The worker of this moment. @throws WorkerLostError */
  get current(): Promise<SessionWorker> {
    return this.#worker;
  }

  async run(inputs: Tensors, outputs: readonly string[]): Promise<Answered> {
    return (await this.#worker).run(inputs, outputs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = await this.#worker.catch(() => undefined);
    await worker?.close();
  }

  #lose(message: string): void {
    if (this.#isClosed) return;
    this.#onLost(message);
    void this.#replace(firstPauseMs);
  }

  async #replace(pauseMs: number): Promise<void> {
    this.#isLost = true;
    this.#worker = this.#open((message) => this.#lose(message)).catch((error: unknown) => {
      throw new WorkerLostError((error as Error).message);
    });
    try {
      await this.#worker;
      this.#isLost = false;
    } catch {
      await pause(pauseMs, undefined, { ref: false });
      if (!this.#isClosed) await this.#replace(Math.min(pauseMs * 2, longestPauseMs));
    }
  }
}
