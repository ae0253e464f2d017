import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { LoadError, RunFailedError, WorkerLostError } from "../errors.ts";
import type { Tensors } from "../model.ts";
import type { Answered, Executor } from "./executor.ts";
import {
  fromPlain,
  type FromWorker,
  type GraphMetadata,
  toPlain,
  type ToWorker,
} from "./messages.ts";
import type { SessionTerms } from "./session.ts";

/** The worker's program: a source beside this one, or its bundle beside the bundle. */
const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const program = new URL(`./inference-worker.${extension}`, import.meta.url);

export interface WorkerOptions {
  terms: SessionTerms;
  /** How long the graph may take to open, in milliseconds. */
  warmUpMs: number;
  /** Called once if the thread ends though nobody closed it. */
  onLost: (message: string) => void;
  /** Starts the thread. @default with the server's own program for it */
  spawn?: (() => Worker) | undefined;
}

interface Waiting {
  resolve: (answer: Answered) => void;
  reject: (error: Error) => void;
}

/** One graph in a thread of its own: its memory goes when the thread does. */
export class SessionWorker implements Executor {
  readonly graph: GraphMetadata;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #lost: WorkerLostError | undefined;

  private constructor(worker: Worker, graph: GraphMetadata, onLost: (message: string) => void) {
    this.#worker = worker;
    this.graph = graph;
    let cause = "";
    worker.on("message", (message: FromWorker) => this.#settle(message));
    worker.on("error", (error: Error) => (cause = error.message));
    worker.on("exit", (code) => {
      const isWanted = this.#lost !== undefined;
      const message = cause === "" ? `it ended with ${code}` : cause;
      this.#lost ??= new WorkerLostError(message);
      for (const { reject } of this.#waiting.values()) reject(this.#lost);
      this.#waiting.clear();
      if (!isWanted) onLost(message);
    });
  }

  /**
   * Starts a thread and opens a graph in it.
   * @throws LoadError `graph-invalid` where the runtime does not take the graph, or not in time; `provider-missing`
   */
  static async open(graph: Uint8Array, options: WorkerOptions): Promise<SessionWorker> {
    const { terms, warmUpMs, onLost, spawn = () => new Worker(program) } = options;
    const worker = spawn();
    worker.postMessage({ kind: "open", graph, terms } satisfies ToWorker);
    const over = AbortSignal.timeout(warmUpMs);
    try {
      const [message] = (await Promise.race([
        once(worker, "message", { signal: over }),
        once(worker, "exit", { signal: over }),
      ])) as [FromWorker | number];
      if (typeof message === "number") throw new Error("its worker ended while it was opened");
      if (message.kind === "opened") return new SessionWorker(worker, message.graph, onLost);
      if (message.kind !== "refused") throw new Error(`its worker says ${message.kind}`);
      throw new LoadError(message.reason, message.message.slice(0, 500));
    } catch (error) {
      void worker.terminate();
      if (error instanceof LoadError) throw error;
      const problem = over.aborted ? "does not open in time" : (error as Error).message;
      throw new LoadError("graph-invalid", `graph: ${problem}`);
    }
  }

  run(inputs: Tensors, outputs: readonly string[]): Promise<Answered> {
    return this.#ask("run", inputs, outputs);
  }

  /** Time of the fastest of some runs in the worker, without the way there and back. */
  async measure(inputs: Tensors, outputs: readonly string[]): Promise<number> {
    return (await this.#ask("measure", inputs, outputs)).seconds;
  }

  async close(): Promise<void> {
    if (this.#lost !== undefined) return;
    this.#lost = new WorkerLostError("it was closed");
    this.#worker.postMessage({ kind: "close" } satisfies ToWorker);
    await once(this.#worker, "exit");
  }

  /** Ends it without waiting: a run that is going on ends when it ends. */
  abandon(): void {
    this.#lost ??= new WorkerLostError("it was given up");
    void this.#worker.terminate();
  }

  #ask(kind: "run" | "measure", inputs: Tensors, outputs: readonly string[]): Promise<Answered> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({
        kind,
        id,
        inputs: toPlain(inputs),
        outputs,
      } satisfies ToWorker);
    });
  }

  #settle(message: FromWorker): void {
    if (message.kind !== "answer" && message.kind !== "failed") return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "failed") waiting?.reject(new RunFailedError(message.message));
    else waiting?.resolve({ outputs: fromPlain(message.outputs), seconds: message.seconds });
  }
}
