import type { Worker } from "node:worker_threads";
import type { ModelContract } from "../../../../contracts/model-contract.ts";
import { settledWithin } from "../../settled-within.ts";
import { contractProblems } from "../check.ts";
import { LoadError } from "../errors.ts";
import type { AnswerLineage, ModelRunner } from "../model.ts";
import { noEvents, type RunEvents } from "./events.ts";
import { givenExample, madeExample } from "./example.ts";
import type { Executor } from "./executor.ts";
import type { GatherLimits } from "./gather.ts";
import { InlineExecutor } from "./inline.ts";
import { type Placement, warmUp } from "./placement.ts";
import { RunQueue, type QueueOptions } from "./queue.ts";
import { type ExecutionProvider, openSession } from "./session.ts";
import { SessionWorker } from "./session-worker.ts";
import { type OpenWorker, SupervisedWorker } from "./supervised.ts";
import type { ThreadPlan } from "./threads.ts";

export type QueueLimits = Pick<
  QueueOptions,
  "maxBatchRows" | "maxQueued" | "maxQueuedRows" | "patienceMs"
>;

export interface RunnerOptions {
  /** @default one worker of one thread */
  plan?: ThreadPlan;
  /** @default the processor */
  provider?: ExecutionProvider;
  /** @default `defaultLimits` */
  queue?: QueueLimits;
  /** @default nobody listens */
  events?: RunEvents;
  /** How long a graph may take to open and to warm up, in milliseconds. @default 2 minutes */
  warmUpMs?: number;
  /** Starts a worker's thread. @default one with the server's own program for it */
  spawn?: (() => Worker) | undefined;
}

export interface Runnable {
  lineage: AnswerLineage;
  contract: ModelContract;
  graph: Uint8Array;
  /** The input example in JSON, to warm the graph up with. @default a row that is made from the contract */
  example?: string | undefined;
  /** Gets the graph's bytes once more. */
  again: () => Promise<Uint8Array>;
}

export const defaultLimits: QueueLimits = {
  maxBatchRows: 256,
  maxQueued: 1024,
  maxQueuedRows: 65_536,
  patienceMs: 15_000,
};
const oneThread: ThreadPlan = { workers: 1, threads: 1 };
const defaultWarmUpMs = 120_000;
/**
 * A run that takes less is over before the main thread has the next one ready: the worker is given two, where it has a
 * processor that would be idle meanwhile.
 */
const quickRunSeconds = 0.05;

/**
 * Opens a graph in a worker, checks it against its contract, warms it up, and moves it to the main thread where it is
 * quick enough for that. What does not end in time is given up.
 * @throws LoadError
 */
export async function startRunner(
  { lineage, contract, graph, example, again }: Runnable,
  options: RunnerOptions,
): Promise<ModelRunner> {
  const { plan = oneThread, queue = defaultLimits, events = noEvents } = options;
  const { warmUpMs = defaultWarmUpMs, provider = "cpu", spawn } = options;
  const terms = { provider, threads: plan.threads };
  let bytes: Uint8Array | undefined = graph;
  const open: OpenWorker = async (onLost) =>
    SessionWorker.open(bytes ?? (await again()), {
      terms,
      warmUpMs,
      onLost,
      spawn,
    });
  const start = () =>
    SupervisedWorker.start(open, (message) => events.workerLost(lineage, message));
  const queueFor = (executors: readonly Executor[], placement: Placement, depth: number) =>
    new RunQueue({
      ...queue,
      executors,
      depth,
      maxBatchRows: placement.isRowWise ? queue.maxBatchRows : 1,
      gather: gatherOf(placement, plan),
      onBatch: (run) => events.batch(lineage, { ...run, place: placement.place }),
      onRefused: (refusal) => events.refused(lineage, refusal),
    });

  const workers = [await start()];
  try {
    const worker = await (workers[0] as SupervisedWorker).current;
    const problems = contractProblems(contract, worker.graph);
    if (problems.length > 0) throw new LoadError("contract-mismatch", problems.join("; "));
    const row = example === undefined ? madeExample(contract) : givenExample(contract, example);
    const placement = await inTime(warmUp(worker, contract, row, graph.length), warmUpMs, worker);
    if (placement.place === "inline") {
      const session = await openSession(graph, { provider, threads: 1 });
      const executor = new InlineExecutor(session, placement.pieceRows ?? Infinity);
      await executor.run(
        row,
        contract.outputs.map(({ name }) => name),
      );
      await Promise.all(workers.map((one) => one.close()));
      return { placement, queue: queueFor([executor], placement, 1), isLost: () => false };
    }
    while (workers.length < plan.workers) workers.push(await start());
    bytes = undefined;
    const depth = placement.runSeconds < quickRunSeconds && !isOneProcessor(plan) ? 2 : 1;
    return {
      placement,
      queue: queueFor(workers, placement, depth),
      isLost: () => workers.every(({ isLost }) => isLost),
    };
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.close()));
    if (error instanceof LoadError) throw error;
    throw new LoadError("warm-up-failed", (error as Error).message);
  }
}

function isOneProcessor({ workers, threads }: ThreadPlan): boolean {
  return workers * threads === 1;
}

/** A small model's run costs no more than the turns of a loop that would be waited for. */
function gatherOf(
  { place, isRowWise, runSeconds }: Placement,
  plan: ThreadPlan,
): GatherLimits | undefined {
  if (place === "inline" || !isRowWise) return undefined;
  return { runMs: runSeconds * 1000, isOneProcessor: isOneProcessor(plan) };
}

/** Gives a worker up that does not come back: a run cannot be stopped, and must not be waited for. */
async function inTime<T>(work: Promise<T>, patienceMs: number, worker: SessionWorker): Promise<T> {
  if (await settledWithin(work, patienceMs)) return work;
  worker.abandon();
  const seconds = Math.round(patienceMs / 1000);
  throw new LoadError("warm-up-failed", `the graph does not answer its example in ${seconds} s`);
}
