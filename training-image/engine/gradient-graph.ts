import { emit } from "./emit.ts";
import { type Loss, meanOverChunks, objective } from "./objective.ts";
import { gather } from "./ops.ts";
import type { ParameterLayout } from "./parameters.ts";
import { mapEntries } from "./records.ts";
import { type Input, input, type Tensor } from "./tensor.ts";
import type { RowDeclaration } from "./training-graph.ts";

export interface GradientOptions<Name extends string, Row extends string = never> {
  layout: ParameterLayout<Name>;
  /** What is fed beside the parameters. @default none */
  inputs?: readonly Input[];
  /**
   * What a large batch is worked through in, part by part: shapes as `loss` sees them. It is fed [chunks, ...shape];
   * gradient and traces are means over the chunks. @default none
   */
  perChunk?: Readonly<Record<Row, RowDeclaration>>;
  /** @default 1 */
  chunks?: number;
  loss(parameters: Record<Name, Tensor>, rows: Record<Row, Tensor>): Tensor | Loss;
}

/**
 * A loss and its gradient as an ONNX file. Inputs: `parameters`, what is declared, and what is fed by chunk; outputs:
 * `gradient` and each trace, a scalar.
 */
export function gradientGraph<Name extends string, Row extends string = never>(
  options: GradientOptions<Name, Row>,
): Uint8Array {
  const { layout, inputs = [], chunks = 1, loss } = options;
  const perChunk = options.perChunk ?? ({} as Readonly<Record<Row, RowDeclaration>>);
  const vector = input("parameters", [layout.size]);
  const rows = mapEntries(perChunk, (name, { shape, type }) => [
    name,
    input(name, [chunks, ...shape], type),
  ]);
  const { gradient, traces } = meanOverChunks(layout, chunks, (index) =>
    objective(layout, vector, (parameters) =>
      loss(
        parameters,
        mapEntries(rows, (name, tensor) => [name, gather(tensor, index)]),
      ),
    ),
  );
  return emit({
    name: "gradient",
    inputs: [vector, ...inputs, ...Object.values<Input>(rows)],
    outputs: { ...traces, gradient },
  });
}
