import { loop } from "./loop.ts";
import { add, mean, scale } from "./ops.ts";
import type { ParameterLayout } from "./parameters.ts";
import { constant, type Tensor, zeros } from "./tensor.ts";

/** A scalar to be minimised, and other scalars to be watched beside it, such as the parts it is the sum of. */
export interface Loss {
  loss: Tensor;
  traces?: Readonly<Record<string, Tensor>>;
  /** Its gradient by every parameter, where that is written by hand. @default derived from `loss` */
  gradients?: Readonly<Record<string, Tensor>>;
}

export interface Objective {
  /** Gradient of the loss by the flat vector of parameters. */
  gradient: Tensor;
  /** Scalars by name; `loss` is one of them. */
  traces: Record<string, Tensor>;
}

/** The loss of one minibatch and its gradient, as expressions over the flat vector of parameters. */
export function objective<Name extends string>(
  layout: ParameterLayout<Name>,
  vector: Tensor,
  lossOf: (parameters: Record<Name, Tensor>) => Tensor | Loss,
): Objective {
  const parameters = layout.unpack(vector);
  const result = lossOf(parameters);
  const { loss, traces = {}, gradients }: Loss = "kind" in result ? { loss: result } : result;
  for (const [name, trace] of Object.entries(traces)) {
    if (name === "loss") throw new Error("objective: the trace 'loss' is the loss itself");
    if (trace.shape.length === 0) continue;
    throw new Error(`objective: the trace '${name}' must be a scalar, not [${trace.shape}]`);
  }
  const gradient =
    gradients === undefined ? layout.gradient(loss, parameters) : layout.pack(gradients);
  return { gradient, traces: { loss, ...traces } };
}

/**
 * The same over chunks of a minibatch, one after the other, so that what they work on stays in the processor's
 * cache: gradient and traces are means over the chunks.
 * @param chunk objective of the chunk that an int64 scalar counts from 0
 */
export function meanOverChunks(
  layout: ParameterLayout,
  chunks: number,
  chunk: (index: Tensor) => Objective,
): Objective {
  if (!Number.isInteger(chunks) || chunks < 1) throw new RangeError(`${chunks} chunks`);
  if (chunks === 1) return chunk(constant(BigInt64Array.of(0n), []));
  const { state, traces } = loop({
    count: constant(BigInt64Array.of(BigInt(chunks)), []),
    size: chunks,
    start: { gradient: zeros([layout.size]) },
    step({ gradient }, index) {
      const part = chunk(index);
      return { state: { gradient: add(gradient, part.gradient) }, traces: part.traces };
    },
  });
  const means = Object.entries(traces).map(([name, values]) => [name, mean(values)] as const);
  return { gradient: scale(state.gradient, 1 / chunks), traces: Object.fromEntries(means) };
}
