import type { SpaceFunction } from "./fields.ts";

/**
 * The operator div(a grad u) on the nodes (i/n, j/n) by the conservative five-point scheme, with a at the middle of
 * the faces and u = 0 on the boundary. Values on nodes are flat, node (i, j) at place i (n + 1) + j.
 */
export class Diffusion {
  readonly n: number;
  /** Times 1/h^2: of node (i, j), the face towards (i + 1, j). */
  private readonly toX: Float64Array;
  /** Times 1/h^2: of node (i, j), the face towards (i, j + 1). */
  private readonly toY: Float64Array;

  constructor(n: number, diffusivity: SpaceFunction) {
    this.n = n;
    this.toX = new Float64Array((n + 1) ** 2);
    this.toY = new Float64Array((n + 1) ** 2);
    for (let i = 0; i <= n; i++) {
      for (let j = 0; j <= n; j++) {
        const at = i * (n + 1) + j;
        if (i < n) this.toX[at] = n ** 2 * diffusivity((i + 0.5) / n, j / n);
        if (j < n) this.toY[at] = n ** 2 * diffusivity(i / n, (j + 0.5) / n);
      }
    }
  }

  /** Sets `result` to identity * u + factor * div(a grad u) inside, 0 on the boundary, and returns u . result. */
  apply(u: Float64Array, identity: number, factor: number, result: Float64Array): number {
    const { n, toX, toY } = this;
    const width = n + 1;
    let product = 0;
    for (let i = 1; i < n; i++) {
      const end = i * width + n;
      for (let at = i * width + 1; at < end; at++) {
        const here = u[at]!;
        const flow =
          toX[at]! * (u[at + width]! - here) -
          toX[at - width]! * (here - u[at - width]!) +
          toY[at]! * (u[at + 1]! - here) -
          toY[at - 1]! * (here - u[at - 1]!);
        const value = identity * here + factor * flow;
        result[at] = value;
        product += here * value;
      }
    }
    return product;
  }

  /**
   * The lower band of identity * I + factor * div(a grad) on the nodes inside, row by row, so that node (i, j) is
   * unknown (i - 1)(n - 1) + j - 1 and the bandwidth n - 1: entry k of row r is that of columns r - k.
   */
  band(identity: number, factor: number): Float64Array {
    const { n, toX, toY } = this;
    const [inner, width] = [n - 1, n + 1];
    const band = new Float64Array(inner ** 2 * n);
    for (let i = 1; i < n; i++) {
      for (let j = 1; j < n; j++) {
        const [at, row] = [i * width + j, ((i - 1) * inner + j - 1) * n];
        band[row] = identity - factor * (toX[at]! + toX[at - width]! + toY[at]! + toY[at - 1]!);
        if (j > 1) band[row + 1] = factor * toY[at - 1]!;
        if (i > 1) band[row + inner] = factor * toX[at - width]!;
      }
    }
    return band;
  }
}
