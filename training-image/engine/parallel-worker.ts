import { parentPort, workerData } from "node:worker_threads";
import { Barrier, BrokenBarrierError } from "./barrier.ts";
import { elementwiseLoop } from "./elementwise.ts";
import { gradientName } from "./optimiser-loop.ts";
import { mapEntries } from "./records.ts";
import { outputOf, Session, type Value } from "./session.ts";
import { type Answer, endOfOrders } from "./worker-group.ts";

/**
 * One thread of a `ParallelTrainer`: the program of a worker. It is given its share of the work once, then one order
 * for every run of steps.
 */
export interface ParallelShare {
  threads: number;
  /** Which of the threads this is, from 0. */
  thread: number;
  /** ONNX file of a chunk's gradient, as `gradientGraph` makes it. */
  gradient: Uint8Array;
  /** A step of the optimiser, as `optimiserLoop` writes it. */
  optimiser: string;
  /** Where the piece of the vectors that this thread moves begins and ends. */
  from: number;
  to: number;
  memory: ParallelMemory;
}

/** What the threads of a trainer share. */
export interface ParallelMemory {
  barrier: SharedArrayBuffer;
  /** `parameters` and the optimiser's slots. */
  vectors: Readonly<Record<string, Float32Array>>;
  /** One for each chunk. */
  gradients: readonly Float32Array[];
}

export interface ParallelOrder {
  steps: number;
  /** What stays the same in every step. */
  fixed: Readonly<Record<string, Value>>;
  /** What each chunk of each step is fed: [steps, chunks, ...]. */
  rows: Readonly<Record<string, Value>>;
  /** The optimiser's numbers by step. */
  scalars: Readonly<Record<string, Float32Array>>;
  /** Takes every trace, by step and chunk. */
  traces: Readonly<Record<string, Float32Array>>;
}

const share = workerData as ParallelShare;
const { threads, thread, memory } = share;
const chunks = memory.gradients.length;
const barrier = new Barrier(memory.barrier, threads);
const gradient = await Session.open(share.gradient, { executionProvider: "cpu" });
const optimise = elementwiseLoop(share.optimiser);
/** What a step of the optimiser reads. */
const vectors = {
  ...memory.vectors,
  ...Object.fromEntries(memory.gradients.map((whole, chunk) => [gradientName(chunk), whole])),
};

parentPort?.on("message", (order: ParallelOrder | typeof endOfOrders) => {
  // The thread lives on until a run is over that another thread has made useless.
  if (order === endOfOrders) return parentPort?.close();
  void run(order).then(
    () => say({ result: [] }),
    (error: unknown) => {
      // Whoever ended is the one to tell why.
      if (!(error instanceof BrokenBarrierError)) say({ error: String(error) });
    },
  );
});
say({ result: gradient.outputNames.filter((name) => name !== "gradient") });

async function run(order: ParallelOrder): Promise<void> {
  for (let step = 0; step < order.steps; step++) {
    for (let chunk = thread; chunk < chunks; chunk += threads) {
      await differentiate(order, step, chunk);
    }
    barrier.wait();
    move(order, step);
    barrier.wait();
  }
}

/** Puts a chunk's gradient where all threads read it, and its traces where the trainer does. */
async function differentiate(order: ParallelOrder, step: number, chunk: number): Promise<void> {
  const place = step * chunks + chunk;
  const results = await gradient.run(
    {
      ...order.fixed,
      ...mapEntries(order.rows, (name, value) => [name, rowAt(value, place, order.steps)]),
      parameters: vector(memory.vectors["parameters"] as Float32Array),
    },
    { gradient: vector(memory.gradients[chunk] as Float32Array) },
  );
  for (const [name, trace] of Object.entries(order.traces)) {
    trace[place] = Number(outputOf(results, name).data[0]);
  }
}

/** Moves this thread's piece of the parameters along the mean of all gradients. */
function move({ scalars }: ParallelOrder, step: number): void {
  const ofStep = mapEntries(scalars, (name, values) => [name, values[step] as number]);
  optimise(vectors, ofStep, memory.vectors, share.from, share.to);
}

/** One row of `value` as a batch of one chunk. */
function rowAt({ data, shape }: Value, place: number, steps: number): Value {
  const size = data.length / (steps * chunks);
  const row = data.slice(place * size, (place + 1) * size) as Value["data"];
  return { data: row, shape: [1, ...shape.slice(chunks > 1 ? 2 : 1)] };
}

function vector(data: Float32Array): Value {
  return { data, shape: [data.length] };
}

function say(answer: Answer<readonly string[]>): void {
  parentPort?.postMessage(answer);
}
