import { Barrier } from "./barrier.ts";
import { configuredExecutionProvider, ExecutionProviderError } from "./execution-provider.ts";
import { gradientGraph } from "./gradient-graph.ts";
import { adam, type Optimiser } from "./optimiser.ts";
import { optimiserLoop } from "./optimiser-loop.ts";
import type { ParallelMemory, ParallelOrder, ParallelShare } from "./parallel-worker.ts";
import { mapEntries } from "./records.ts";
import type { Schedule } from "./schedule.ts";
import type { Value } from "./session.ts";
import { share, sharedFloats } from "./shared-memory.ts";
import { requireRows, scalarsByStep, startingState } from "./trainer.ts";
import type { TrainerOptions, TrainingChunk, TrainingState } from "./trainer.ts";
import { WorkerGroup } from "./worker-group.ts";

export type ParallelTrainerOptions<
  Name extends string,
  Row extends string = never,
> = TrainerOptions<Name, Row> & {
  /** Threads that divide the chunks of every minibatch evenly. @default one for each chunk */
  threads?: number;
};

type Threads = WorkerGroup<ParallelOrder, readonly string[]>;

/** Whoever bundles this must put the threads' program beside it, under its own name. */
const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const program = new URL(`./parallel-worker.${extension}`, import.meta.url);

/** Floats of a cache line: threads that write to the same one slow each other down. */
const line = 16;

/**
 * A trainer that shares its work among threads: each computes gradients of some chunks of the minibatch, all wait for
 * one another, and each moves a piece of the parameters along the mean. That is summed in the order of the chunks, so
 * the same state, feeds and number of chunks give the same bits, in however many threads. What an optimiser does to a
 * vector must be element by element.
 */
export class ParallelTrainer {
  readonly #threads: Threads;
  readonly #memory: ParallelMemory;
  readonly #optimiser: Optimiser;
  readonly #perStep: readonly string[];
  readonly #traces: readonly string[];

  private constructor(
    threads: Threads,
    memory: ParallelMemory,
    optimiser: Optimiser,
    perStep: readonly string[],
    traces: readonly string[],
  ) {
    this.#threads = threads;
    this.#memory = memory;
    this.#optimiser = optimiser;
    this.#perStep = perStep;
    this.#traces = traces;
  }

  /**
   * @throws RangeError where the chunks cannot be divided evenly; ExecutionProviderError where another one than the
   *   processor is asked for; WorkerGroupError where a thread does not start
   */
  static async open<Name extends string, Row extends string = never>(
    options: ParallelTrainerOptions<Name, Row>,
  ): Promise<ParallelTrainer> {
    const { layout, optimiser = adam(), perStep } = options;
    const { chunks = options.threads ?? 1, threads = chunks } = options;
    const { executionProvider = configuredExecutionProvider() } = options;
    if (executionProvider !== "cpu") {
      throw new ExecutionProviderError(
        executionProvider,
        "threads share work on the processor only",
      );
    }
    if (!Number.isInteger(threads) || threads < 1 || chunks % threads !== 0) {
      throw new RangeError(`trainer: ${chunks} chunks cannot be divided among ${threads} threads`);
    }
    const { inputs = [], loss } = options;
    const perChunk = perStep === undefined ? {} : { perChunk: perStep };
    const gradient = gradientGraph({ layout, inputs, loss, ...perChunk });
    const vectors = ["parameters", ...optimiser.slots];
    const memory: ParallelMemory = {
      barrier: Barrier.memory(),
      vectors: Object.fromEntries(vectors.map((name) => [name, sharedFloats(layout.size)])),
      gradients: Array.from({ length: chunks }, () => sharedFloats(layout.size)),
    };
    const loop = optimiserLoop(optimiser, layout.size, chunks);
    const shares = Array.from({ length: threads }, (_, thread): ParallelShare => {
      const [from, to] = [
        pieceStart(layout.size, thread, threads),
        pieceStart(layout.size, thread + 1, threads),
      ];
      return { threads, thread, gradient, optimiser: loop, from, to, memory };
    });
    const barrier = new Barrier(memory.barrier, threads);
    const { group, results } = await WorkerGroup.start<ParallelOrder, readonly string[]>(
      program,
      shares,
      () => barrier.break(),
    );
    return new ParallelTrainer(
      group,
      memory,
      optimiser,
      Object.keys(perStep ?? {}),
      results[0] ?? [],
    );
  }

  /** The state before the first step. */
  start(parameters: Float32Array): TrainingState {
    return startingState(this.#optimiser, parameters);
  }

  /**
   * Makes `steps` steps from `state`, which is left as it is. What is fed must not be changed afterwards.
   * @throws RangeError where there is no step to make, or what is fed by step is not one for each; WorkerGroupError
   *   where a thread fails, after which the trainer is of no use
   */
  async run(
    state: TrainingState,
    feeds: Readonly<Record<string, Value>>,
    steps: number,
    learningRate: Schedule,
  ): Promise<TrainingChunk> {
    requireRows(this.#perStep, feeds, steps);
    const { vectors, gradients } = this.#memory;
    const before: Record<string, Float32Array> = { parameters: state.parameters, ...state.slots };
    for (const [name, vector] of Object.entries(vectors)) {
      vector.set(before[name] as Float32Array);
    }
    const chunks = gradients.length;
    const byStep = ([name]: [string, Value]) => this.#perStep.includes(name);
    const shared = Object.entries(feeds).map(([name, value]): [string, Value] => [
      name,
      share(value),
    ]);
    const traces = Object.fromEntries(
      this.#traces.map((name) => [name, sharedFloats(steps * chunks)]),
    );
    await this.#threads.ask({
      steps,
      fixed: Object.fromEntries(shared.filter((feed) => !byStep(feed))),
      rows: Object.fromEntries(shared.filter(byStep)),
      scalars: scalarsByStep(this.#optimiser, state.step, steps, learningRate),
      traces,
    });
    const { parameters, ...slots } = mapEntries(vectors, (name, vector) => [
      name,
      new Float32Array(vector),
    ]);
    const means = mapEntries(traces, (name, values) => [name, meanOfChunks(values, chunks)]);
    return {
      state: { step: state.step + steps, parameters: parameters as Float32Array, slots },
      traces: { ...means, loss: means["loss"] as Float32Array },
    };
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}

function pieceStart(size: number, thread: number, threads: number): number {
  return thread === threads ? size : line * Math.floor((size * thread) / threads / line);
}

function meanOfChunks(values: Float32Array, chunks: number): Float32Array {
  return Float32Array.from({ length: values.length / chunks }, (_, step) => {
    const ofStep = values.subarray(step * chunks, (step + 1) * chunks);
    return ofStep.reduce((sum, value) => sum + value, 0) / chunks;
  });
}
