import { emit } from "./emit.ts";
import { configuredExecutionProvider, type ExecutionProvider } from "./execution-provider.ts";
import { loop } from "./loop.ts";
import { type Loss, meanOverChunks, objective } from "./objective.ts";
import { adam, type Optimiser } from "./optimiser.ts";
import { gather } from "./ops.ts";
import type { ParameterLayout } from "./parameters.ts";
import type { Schedule } from "./schedule.ts";
import { outputOf, Session, type Value } from "./session.ts";
import { type ElementType, type Input, input, type Tensor } from "./tensor.ts";

export interface TrainerOptions<Name extends string, Row extends string = never> {
  layout: ParameterLayout<Name>;
  /** What is fed once a run and stays the same in every step: data, targets, weights. @default none */
  inputs?: readonly Input[];
  /**
   * What differs from step to step, such as the indices of a minibatch: shapes as `loss` sees them. A run is fed one
   * for each of its steps, [steps, ...shape], or [steps, chunks, ...shape] where there is more than one chunk.
   * @default none
   */
  perStep?: Readonly<Record<Row, RowDeclaration>>;
  loss(parameters: Record<Name, Tensor>, rows: Record<Row, Tensor>): Tensor | Loss;
  /**
   * Parts that a minibatch is worked through in; `loss` sees one, and gradient and traces are means over them.
   * @default 1
   */
  chunks?: number;
  /** @default adam() */
  optimiser?: Optimiser;
  /** @default what the environment names, or the processor */
  executionProvider?: ExecutionProvider;
}

export interface RowDeclaration {
  shape: readonly number[];
  /** @default "float32" */
  type?: ElementType;
}

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
    this.#traces = session.outputNames.filter((name) => !name.endsWith(suffix));
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
    const zeros = this.#optimiser.slots.map((name) => [name, new Float32Array(parameters.length)]);
    return { step: 0, parameters, slots: Object.fromEntries(zeros) };
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
    if (!Number.isInteger(steps) || steps < 1) throw new RangeError(`trainer: ${steps} steps`);
    for (const name of this.#perStep) {
      const rows = feeds[name]?.shape[0] ?? 0;
      if (rows !== steps)
        throw new RangeError(`trainer: '${name}' has ${rows} rows for ${steps} steps`);
    }
    const vectors = { parameters: state.parameters, ...state.slots };
    const results = await this.#session.run({
      ...feeds,
      [stepsInput]: { data: BigInt64Array.of(BigInt(steps)), shape: [] },
      ...mapEntries(vectors, (name, data) => [`${name}_before`, vector(data)]),
      ...mapEntries(this.#scalars(state.step, steps, learningRate), (name, data) => [
        `${name}${perStepSuffix}`,
        vector(data),
      ]),
    });
    const floats = (name: string) => outputOf(results, name).data as Float32Array;
    const { parameters, ...slots } = mapEntries(vectors, (name) => [name, floats(name + suffix)]);
    const traces = Object.fromEntries(this.#traces.map((name) => [name, floats(name)]));
    return {
      state: { step: state.step + steps, parameters: parameters as Float32Array, slots },
      traces: { loss: floats("loss"), ...traces },
    };
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  #scalars(made: number, steps: number, learningRate: Schedule): Record<string, Float32Array> {
    const ofStep = Array.from({ length: steps }, (_, index) =>
      this.#optimiser.scalars(made + index + 1, learningRate(made + index + 1)),
    );
    return mapEntries(ofStep[0] ?? {}, (name) => [
      name,
      Float32Array.from(ofStep, (scalars) => scalars[name] as number),
    ]);
  }
}

const stepsInput = "steps";
const suffix = "_after";
const perStepSuffix = "_by_step";

/**
 * The whole training step (forward, backward, optimiser) in a loop, as an ONNX file.
 * Inputs: `steps` (int64 scalar), what is declared, `<vector>_before` and the optimiser's `<scalar>_by_step`;
 * outputs: `<vector>_after`, and each trace as a vector of one number a step.
 */
export function trainingGraph<Name extends string, Row extends string = never>(
  options: TrainerOptions<Name, Row>,
): Uint8Array {
  const { layout, inputs = [], chunks = 1, optimiser = adam() } = options;
  const perStep = options.perStep ?? ({} as Readonly<Record<Row, RowDeclaration>>);
  const steps = input(stepsInput, [], "int64");
  const chunked = chunks > 1 ? [chunks] : [];
  const rows = mapEntries(perStep, (name, { shape, type }) => [
    name,
    input(name, [stepsInput, ...chunked, ...shape], type),
  ]);
  const scalars = mapEntries(optimiser.scalars(1, 0), (name) => [
    name,
    input(`${name}${perStepSuffix}`, [stepsInput]),
  ]);
  const start = mapEntries(
    Object.fromEntries(["parameters", ...optimiser.slots].map((name) => [name, name])),
    (name) => [name, input(`${name}_before`, [layout.size])],
  );
  const pick = <T extends string>(from: Record<T, Tensor>, index: Tensor): Record<T, Tensor> =>
    mapEntries(from, (name, tensor) => [name, gather(tensor, index)]);

  const { state, traces } = loop({
    count: steps,
    size: stepsInput,
    start,
    step({ parameters, ...slots }, iteration) {
      const vectorBefore = parameters as Tensor;
      const ofStep = pick(rows, iteration);
      const ofRows = (chunk: Record<Row, Tensor>) =>
        objective(layout, vectorBefore, (named) => options.loss(named, chunk));
      const { gradient, traces } =
        chunks > 1
          ? meanOverChunks(layout, chunks, (index) => ofRows(pick(ofStep, index)))
          : ofRows(ofStep);
      const before = { parameters: vectorBefore, slots };
      const after = optimiser.step(before, gradient, pick(scalars, iteration));
      return { state: { parameters: after.parameters, ...after.slots }, traces };
    },
  });
  return emit({
    name: "training",
    inputs: [
      ...inputs,
      ...[rows, scalars, start].flatMap((some) => Object.values<Input>(some)),
      steps,
    ],
    outputs: { ...mapEntries(state, (name, tensor) => [name + suffix, tensor]), ...traces },
  });
}

function mapEntries<Name extends string, From, To>(
  record: Readonly<Record<Name, From>>,
  entry: (name: Name, value: From) => readonly [string, To],
): Record<Name, To> {
  const entries = Object.entries<From>(record).map(([name, value]) => entry(name as Name, value));
  return Object.fromEntries(entries) as Record<Name, To>;
}

function vector(data: Float32Array): Value {
  return { data, shape: [data.length] };
}
