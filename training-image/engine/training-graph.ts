import { emit } from "./emit.ts";
import type { ExecutionProvider } from "./execution-provider.ts";
import { loop } from "./loop.ts";
import { type Loss, meanOverChunks, objective } from "./objective.ts";
import { adam, type Optimiser } from "./optimiser.ts";
import { gather } from "./ops.ts";
import type { ParameterLayout } from "./parameters.ts";
import { mapEntries } from "./records.ts";
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

/** How inputs and outputs of a training graph are named. */
export const names = { steps: "steps", before: "_before", after: "_after", byStep: "_by_step" };

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
  const steps = input(names.steps, [], "int64");
  const chunked = chunks > 1 ? [chunks] : [];
  const rows = mapEntries(perStep, (name, { shape, type }) => [
    name,
    input(name, [names.steps, ...chunked, ...shape], type),
  ]);
  const scalars = mapEntries(optimiser.scalars(1, 0), (name) => [
    name,
    input(name + names.byStep, [names.steps]),
  ]);
  const start = mapEntries(
    Object.fromEntries(["parameters", ...optimiser.slots].map((name) => [name, name])),
    (name) => [name, input(name + names.before, [layout.size])],
  );
  const pick = <T extends string>(from: Record<T, Tensor>, index: Tensor): Record<T, Tensor> =>
    mapEntries(from, (name, tensor) => [name, gather(tensor, index)]);

  const { state, traces } = loop({
    count: steps,
    size: names.steps,
    start,
    step({ parameters, ...slots }, iteration) {
      const vectorBefore = parameters as Tensor;
      const ofStep = pick(rows, iteration);
      const ofRows = (chunk: Record<Row, Tensor>) =>
        objective(layout, vectorBefore, (named) => options.loss(named, chunk));
      const { gradient, traces } = meanOverChunks(layout, chunks, (index) =>
        ofRows(chunks > 1 ? pick(ofStep, index) : ofStep),
      );
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
    outputs: { ...mapEntries(state, (name, tensor) => [name + names.after, tensor]), ...traces },
  });
}
