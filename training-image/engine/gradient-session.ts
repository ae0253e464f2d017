import { emit } from "./emit.ts";
import { type Loss, objective } from "./objective.ts";
import type { ParameterLayout } from "./parameters.ts";
import { outputOf, Session, type Value } from "./session.ts";
import { type Input, input, type Tensor } from "./tensor.ts";

export interface GradientOptions<Name extends string> {
  layout: ParameterLayout<Name>;
  /** What is fed beside the parameters. @default none */
  inputs?: readonly Input[];
  loss(parameters: Record<Name, Tensor>): Tensor | Loss;
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

  static async open<Name extends string>(options: GradientOptions<Name>): Promise<GradientSession> {
    const { layout, inputs = [], loss } = options;
    const vector = input("parameters", [layout.size]);
    const { gradient, traces } = objective(layout, vector, (parameters) => loss(parameters));
    const outputs = { ...traces, gradient };
    return new GradientSession(
      await Session.open(emit({ name: "gradient", inputs: [vector, ...inputs], outputs })),
    );
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
