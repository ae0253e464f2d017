import type { Random, RandomState } from "../engine/random.ts";
import type { Schedule } from "../engine/schedule.ts";
import type { Value } from "../engine/session.ts";
import type { Trainer, TrainingChunk, TrainingState } from "../engine/trainer.ts";
import { BadInputError, DivergedError } from "./errors.ts";
import type { Checkpoint, TrainingContext } from "./workload.ts";

export type Feeds = Readonly<Record<string, Value>>;

export interface TrainSteps {
  trainer: Pick<Trainer, "run">;
  /** The state before the first step. */
  start: TrainingState;
  /** Steps in all. */
  steps: number;
  /** Steps a run of the trainer: how often progress is told, an abort noticed and a checkpoint offered. */
  interval: number;
  schedule: Schedule;
  /** What each run is fed: the same every time, or made for `count` steps from step `first`, counted from 1. */
  feeds: Feeds | ((first: number, count: number) => Feeds | Promise<Feeds>);
  /** The generator that `feeds` draws from: after an interruption it goes on where it was. */
  random?: Random;
  context: Pick<TrainingContext, "signal"> &
    Partial<Pick<TrainingContext, "progress" | "checkpoints">>;
}

const anew = "give the Job another name to start anew";

/**
 * Trains to the last step, from the last checkpoint where there is one. The bits of the result do not depend on how
 * often it was interrupted.
 * @returns the state after the last step
 * @throws DivergedError; the signal's reason where it is aborted; BadInputError for a checkpoint of other sizes
 */
export async function trainSteps(options: TrainSteps): Promise<TrainingState> {
  const { trainer, steps, interval, schedule, feeds, random, context } = options;
  const last = await context.checkpoints?.last();
  let state = last === undefined ? options.start : restore(last, options.start);
  if (last !== undefined) random?.resume(randomOf(last));
  while (state.step < steps) {
    context.signal.throwIfAborted();
    const first = state.step + 1;
    const count = Math.min(interval, steps - state.step);
    const fed = typeof feeds === "function" ? await feeds(first, count) : feeds;
    const chunk = await trainer.run(state, fed, count, schedule);
    refuseDivergence(chunk);
    state = chunk.state;
    context.progress?.(first, chunk.traces);
    await context.checkpoints?.offer(checkpointOf(state, random));
  }
  return state;
}

function checkpointOf({ step, parameters, slots }: TrainingState, random?: Random): Checkpoint {
  const numbers = random === undefined ? {} : { numbers: random.state() };
  return { step, vectors: { ...slots, parameters }, ...numbers };
}

function randomOf({ step, numbers = {} }: Checkpoint): RandomState {
  const { a, b, c, counter } = numbers;
  if (a !== undefined && b !== undefined && c !== undefined && counter !== undefined) {
    return { a, b, c, counter };
  }
  throw new BadInputError(`checkpoint of step ${step}: it lacks the random generator; ${anew}`);
}

function restore({ step, vectors }: Checkpoint, start: TrainingState): TrainingState {
  const vector = (name: string, like: Float32Array): Float32Array => {
    const found = vectors[name];
    if (found?.length === like.length) return found;
    throw new BadInputError(
      `checkpoint of step ${step}: '${name}' has ${found?.length ?? "no"} numbers, wanted ${like.length}; ${anew}`,
    );
  };
  const slots = Object.entries(start.slots).map(([name, like]) => [name, vector(name, like)]);
  return {
    step,
    parameters: vector("parameters", start.parameters),
    slots: Object.fromEntries(slots) as Record<string, Float32Array>,
  };
}

function refuseDivergence({ state, traces: { loss } }: TrainingChunk): void {
  const first = state.step - loss.length + 1;
  const index = loss.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw new DivergedError(first + index, loss[index] as number);
  if (!state.parameters.every(Number.isFinite)) throw new DivergedError(state.step, Number.NaN);
}
