import { adamScalars, adamStep } from "./adam.ts";
import { emitLoop, iteration, stepsInput } from "./loop.ts";
import { at } from "./ops.ts";
import type { ParameterLayout } from "./parameters.ts";
import { outputOf, Session, type Value } from "./session.ts";
import { input, type Input, type Tensor } from "./tensor.ts";

export interface TrainerOptions<Name extends string> {
  layout: ParameterLayout<Name>;
  /** What is fed beside the parameters: data, targets, weights. */
  inputs: readonly Input[];
  loss(parameters: Record<Name, Tensor>): Tensor;
}

/** All there is to know to go on with a training, and nothing else. */
export interface TrainingState {
  step: number;
  parameters: Float32Array;
  mean: Float32Array;
  variance: Float32Array;
}

export interface TrainingChunk {
  state: TrainingState;
  /** Loss before each of the steps that were made. */
  losses: Float32Array;
}

/** The state before the first step. */
export function startingState(parameters: Float32Array): TrainingState {
  const { length } = parameters;
  const zeros = () => new Float32Array(length);
  return { step: 0, parameters, mean: zeros(), variance: zeros() };
}

/** Makes optimiser steps, many in one run of onnxruntime. The same state and feeds give the same bits. */
export class Trainer {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open<Name extends string>(options: TrainerOptions<Name>): Promise<Trainer> {
    return new Trainer(await Session.open(trainingGraph(options)));
  }

  /**
   * Makes `steps` steps of Adam from `state`, which is left as it is.
   * @param learningRate by the number of the step, counted from 1
   */
  async run(
    state: TrainingState,
    feeds: Readonly<Record<string, Value>>,
    steps: number,
    learningRate: (step: number) => number,
  ): Promise<TrainingChunk> {
    const scalars = Array.from({ length: steps }, (_, index) => {
      const step = state.step + index + 1;
      return adamScalars(step, learningRate(step));
    });
    const results = await this.#session.run({
      ...feeds,
      [stepsInput]: { data: BigInt64Array.of(BigInt(steps)), shape: [] },
      rates: vector(Float32Array.from(scalars, ({ rate }) => rate)),
      floors: vector(Float32Array.from(scalars, ({ floor }) => floor)),
      parameters_before: vector(state.parameters),
      mean_before: vector(state.mean),
      variance_before: vector(state.variance),
    });
    const floats = (name: string) => outputOf(results, name).data as Float32Array;
    return {
      state: {
        step: state.step + steps,
        parameters: floats("parameters_after"),
        mean: floats("mean_after"),
        variance: floats("variance_after"),
      },
      losses: floats("loss"),
    };
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

/** The whole training step (forward, backward, Adam) as an ONNX file. */
export function trainingGraph<Name extends string>(options: TrainerOptions<Name>): Uint8Array {
  const { layout, inputs } = options;
  const [rates, floors] = [input("rates", [stepsInput]), input("floors", [stepsInput])];
  const before = {
    parameters: input("parameters", [layout.size]),
    mean: input("mean", [layout.size]),
    variance: input("variance", [layout.size]),
  };
  const parameters = layout.unpack(before.parameters);
  const loss = options.loss(parameters);
  const gradient = layout.gradient(loss, parameters);
  const after = adamStep(before, gradient, at(rates, iteration), at(floors, iteration));
  return emitLoop({
    name: "training",
    inputs: [...inputs, rates, floors],
    state: {
      parameters: { before: before.parameters, after: after.parameters },
      mean: { before: before.mean, after: after.mean },
      variance: { before: before.variance, after: after.variance },
    },
    traces: { loss },
  });
}

function vector(data: Float32Array): Value {
  return { data, shape: [data.length] };
}
