import { configuredExecutionProvider } from "./execution-provider.ts";
import { adam, type Optimiser } from "./optimiser.ts";
import { mapEntries } from "./records.ts";
import type { Schedule } from "./schedule.ts";
import { outputOf, Session, type Value } from "./session.ts";
import { names, type TrainerOptions, trainingGraph } from "./training-graph.ts";

export { trainingGraph, type TrainerOptions } from "./training-graph.ts";

/** All there is to know to go on with a training, and nothing else. */
export interface TrainingState {
  /** Steps that were made. */
  step: number;
  parameters: Float32Array;
  /** What the optimiser keeps, by its own names. */
  slots: Readonly<Record<string, Float32Array>>;
}

export interface TrainingChunk {
  state: TrainingState;
  /** `loss` and the other scalars that the loss names, before each of the steps that were made. */
  traces: Readonly<Record<string, Float32Array>> & { readonly loss: Float32Array };
}

/** Makes optimiser steps, many in one run of onnxruntime. The same state and feeds give the same bits. */
export class Trainer {
  readonly #session: Session;
  readonly #optimiser: Optimiser;
  readonly #perStep: readonly string[];
  readonly #traces: readonly string[];

  private constructor(session: Session, optimiser: Optimiser, perStep: readonly string[]) {
    this.#session = session;
    this.#optimiser = optimiser;
    this.#perStep = perStep;
    this.#traces = session.outputNames.filter((name) => !name.endsWith(names.after));
  }

  static async open<Name extends string, Row extends string = never>(
    options: TrainerOptions<Name, Row>,
  ): Promise<Trainer> {
    const { executionProvider = configuredExecutionProvider(), optimiser = adam() } = options;
    const session = await Session.open(trainingGraph(options), { executionProvider });
    return new Trainer(session, optimiser, Object.keys(options.perStep ?? {}));
  }

  /** The state before the first step. */
  start(parameters: Float32Array): TrainingState {
    return startingState(this.#optimiser, parameters);
  }

  /**
   * Makes `steps` steps from `state`, which is left as it is.
   * @throws RangeError where there is no step to make, or what is fed by step is not one for each
   */
  async run(
    state: TrainingState,
    feeds: Readonly<Record<string, Value>>,
    steps: number,
    learningRate: Schedule,
  ): Promise<TrainingChunk> {
    requireRows(this.#perStep, feeds, steps);
    const vectors = { parameters: state.parameters, ...state.slots };
    const results = await this.#session.run({
      ...feeds,
      [names.steps]: { data: BigInt64Array.of(BigInt(steps)), shape: [] },
      ...mapEntries(vectors, (name, data) => [name + names.before, vector(data)]),
      ...mapEntries(
        scalarsByStep(this.#optimiser, state.step, steps, learningRate),
        (name, data) => [name + names.byStep, vector(data)],
      ),
    });
    const floats = (name: string) => outputOf(results, name).data as Float32Array;
    const { parameters, ...slots } = mapEntries(vectors, (name) => [
      name,
      floats(name + names.after),
    ]);
    const traces = Object.fromEntries(this.#traces.map((name) => [name, floats(name)]));
    return {
      state: { step: state.step + steps, parameters: parameters as Float32Array, slots },
      traces: { loss: floats("loss"), ...traces },
    };
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

/** @throws RangeError where there is no step to make, or what is fed by step is not one for each */
export function requireRows(
  perStep: readonly string[],
  feeds: Readonly<Record<string, Value>>,
  steps: number,
): void {
  if (!Number.isInteger(steps) || steps < 1) throw new RangeError(`trainer: ${steps} steps`);
  for (const name of perStep) {
    const rows = feeds[name]?.shape[0] ?? 0;
    if (rows !== steps)
      throw new RangeError(`trainer: '${name}' has ${rows} rows for ${steps} steps`);
  }
}

/** The optimiser's numbers for the steps after the first `made` ones. */
export function scalarsByStep(
  optimiser: Optimiser,
  made: number,
  steps: number,
  learningRate: Schedule,
): Record<string, Float32Array> {
  const ofStep = Array.from({ length: steps }, (_, index) =>
    optimiser.scalars(made + index + 1, learningRate(made + index + 1)),
  );
  return mapEntries(ofStep[0] ?? {}, (name) => [
    name,
    Float32Array.from(ofStep, (scalars) => scalars[name] as number),
  ]);
}

/** The state before the first step. */
export function startingState(optimiser: Optimiser, parameters: Float32Array): TrainingState {
  const zeros = optimiser.slots.map((name) => [name, new Float32Array(parameters.length)]);
  return { step: 0, parameters, slots: Object.fromEntries(zeros) };
}

function vector(data: Float32Array): Value {
  return { data, shape: [data.length] };
}
