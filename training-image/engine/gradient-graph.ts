import { emit } from "./emit.ts";
import { type Loss, meanOverChunks, objective } from "./objective.ts";
import { gather } from "./ops.ts";
import type { ParameterLayout } from "./parameters.ts";
import { mapEntries } from "./records.ts";
import { outputOf, Session, type Value } from "./session.ts";
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

export interface Evaluation {
  /** Gradient of the loss by the flat vector of parameters. */
  gradient: Float32Array;
  /** `loss` and the other scalars that the loss names. */
  traces: Readonly<Record<string, number>> & { readonly loss: number };
}

/** A loss and its gradient at one point a run, for optimisers that decide outside of the graph. */
export class GradientSession {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open<Name extends string, Row extends string = never>(
    options: GradientOptions<Name, Row>,
  ): Promise<GradientSession> {
    return new GradientSession(await Session.open(gradientGraph(options)));
  }

  async at(
    parameters: Float32Array,
    feeds: Readonly<Record<string, Value>> = {},
  ): Promise<Evaluation> {
    const vector = { data: parameters, shape: [parameters.length] };
    const results = await this.#session.run({ ...feeds, parameters: vector });
    const number = (name: string) => Number(outputOf(results, name).data[0]);
    const names = Object.keys(results).filter((name) => name !== "gradient");
    return {
      gradient: outputOf(results, "gradient").data as Float32Array,
      traces: {
        loss: number("loss"),
        ...Object.fromEntries(names.map((name) => [name, number(name)])),
      },
    };
  }

  close(): Promise<void> {
    return this.#session.close();
  }
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
