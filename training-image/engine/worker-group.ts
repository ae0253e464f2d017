import { Worker } from "node:worker_threads";

/** What a thread of a group says after it has started, and to every order. */
export type Answer<Result> = { result: Result } | { error: string };

/** The order to end. */
export const endOfOrders = "end";

/** A thread of a group ended or failed, so that nothing more can be asked of the group. */
export class WorkerGroupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WorkerGroupError";
  }
}

interface Pending<Result> {
  results: Map<Worker, Result>;
  resolve(results: Result[]): void;
  reject(reason: Error): void;
}

/**
 * What the threads compute lies outside of V8's heap. With the usual young generation, larger than what a heap as small
 * as theirs may grow by, V8 marks the heap again every few steps, in threads of its own that take their cores away.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 3 };

const open = new Set<Pick<WorkerGroup<unknown, unknown>, "close">>();

/**
 * Ends the threads of work that was given up. To be awaited before the process ends: a thread that is stopped inside of a native
 * library takes the process along.
 */
export async function closeWorkerGroups(): Promise<void> {
  await Promise.all([...open].map((group) => group.close()));
}

/** Threads that all get the same orders, one after another. When one of them fails, the group has failed. */
export class WorkerGroup<Order, Result> {
  readonly #workers: readonly Worker[];
  readonly #exits: readonly Promise<unknown>[];
  readonly #failed: () => void;
  #failure: Error | undefined;
  #pending: Pending<Result> | undefined;

  private constructor(workers: readonly Worker[], failed: () => void) {
    this.#workers = workers;
    this.#failed = failed;
    open.add(this);
    this.#exits = workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
    workers.forEach((worker, index) => {
      const name = `thread ${index + 1} of ${workers.length}`;
      worker.on("message", (answer: Answer<Result>) => {
        if ("error" in answer) this.#fail(new WorkerGroupError(`${name}: ${answer.error}`));
        else this.#take(worker, answer.result);
      });
      worker.on("error", (cause) =>
        this.#fail(new WorkerGroupError(`${name} ended: ${String(cause)}`, { cause })),
      );
      worker.on("exit", (code) =>
        this.#fail(new WorkerGroupError(`${name} ended with exit code ${code}`)),
      );
    });
  }

  /**
   * Starts a thread for each of `data`, and waits until all have said something.
   * @param failed called at once when a thread fails or all are ended, to wake those that wait for one another
   * @throws WorkerGroupError
   */
  static async start<Order, Result>(
    program: URL,
    data: readonly object[],
    failed: () => void,
  ): Promise<{ group: WorkerGroup<Order, Result>; results: Result[] }> {
    const workers = data.map((workerData) => new Worker(program, { workerData, resourceLimits }));
    const group = new WorkerGroup<Order, Result>(workers, failed);
    try {
      return { group, results: await group.#answers() };
    } catch (error) {
      await group.close();
      throw error;
    }
  }

  /** @returns what every thread answers, in their order. @throws WorkerGroupError where one fails or has failed */
  async ask(order: Order): Promise<Result[]> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#pending !== undefined) throw new Error("worker group: it is still at the last order");
    const answers = this.#answers();
    for (const worker of this.#workers) worker.postMessage(order);
    return answers;
  }

  /** Lets every thread finish what it is at. */
  async close(): Promise<void> {
    this.#fail(new WorkerGroupError("the threads were ended"));
    for (const worker of this.#workers) worker.postMessage(endOfOrders);
    await Promise.all(this.#exits);
    open.delete(this);
  }

  #answers(): Promise<Result[]> {
    return new Promise((resolve, reject) => {
      this.#pending = { results: new Map(), resolve, reject };
    });
  }

  #take(worker: Worker, result: Result): void {
    const { results, resolve } = this.#pending ?? {};
    results?.set(worker, result);
    if (results?.size !== this.#workers.length) return;
    this.#pending = undefined;
    resolve?.(this.#workers.map((each) => results.get(each) as Result));
  }

  #fail(reason: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#failed();
    this.#pending?.reject(reason);
    this.#pending = undefined;
  }
}
