import { add, concat, exp, mul, scale, slice, square } from "../../../engine/ops.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { initialDiffusivity } from "../problem/problem.ts";
import { placeDirections } from "./design.ts";
import type { PointGradients } from "./entry.ts";
import { filled } from "./gathering.ts";
import type { Derivatives, Streams } from "./streams.ts";

/**
 * P = a lap + grad a . grad - d/dt for a diffusivity a = a0 exp(z): the heat equation is P u + f = 0. It is half of
 * the second derivatives along the places' directions times sqrt(a), and a drift: so P u goes through u's network as
 * one stream, and no derivative by t beside it.
 */
export class HeatOperator {
  /** In terms of the network's inputs, 2x - 1, 2y - 1 and 2t - 1. */
  readonly derivatives: Derivatives & { spread: Tensor; drift: Tensor };
  readonly #a: Tensor;
  readonly #log: Streams;

  /** @param log z with its derivatives by x and y, [rows, 1] each */
  constructor(log: Streams) {
    const spread = scale(exp(scale(log.value, 0.5)), Math.sqrt(initialDiffusivity));
    this.#log = log;
    this.#a = square(spread);
    const [byX, byY] = log.tangents.map((slope) => scale(mul(this.#a, slope), 2));
    const time = filled([Number(log.value.shape[0]), 1], -2, log.value);
    const drift = concat([byX as Tensor, byY as Tensor, time], 1);
    this.derivatives = { directions: placeDirections, spread, drift };
  }

  /** What a function without derivatives by t becomes: a (lap + grad z . grad). */
  ofStill(laplacian: Tensor, x: Tensor, y: Tensor): Tensor {
    const [logX, logY] = this.#log.tangents as [Tensor, Tensor];
    return mul(this.#a, add(laplacian, add(mul(logX, x), mul(logY, y))));
  }

  /** Gradients by z and its derivatives, of what depends on them through what u's network is given. */
  backward({ spread, drift }: PointGradients): { value: Tensor; tangents: Tensor[] } {
    if (spread === undefined || drift === undefined) throw new Error("heat: P u is not used");
    const twice = scale(this.#a, 2);
    const tangents = this.#log.tangents.map((_, axis) =>
      mul(twice, slice(drift, axis, axis + 1, 1)),
    );
    const value = tangents
      .map((gradient, axis) => mul(gradient, this.#log.tangents[axis] as Tensor))
      .reduce((sum, part) => add(sum, part), mul(scale(this.derivatives.spread, 0.5), spread));
    return { value, tangents };
  }
}
