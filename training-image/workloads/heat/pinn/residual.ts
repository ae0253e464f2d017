import { add, exp, mul, scale, sub } from "../../../engine/ops.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { initialDiffusivity } from "../problem/problem.ts";
import type { Streams } from "./streams.ts";

/** What the equation needs of the temperature; derivatives by x and y without any factor. */
export interface Temperature {
  x: Tensor;
  y: Tensor;
  t: Tensor;
  laplacian: Tensor;
}

/** u_t - a (lap u + grad log a . grad u) - f, for a = a0 exp(z). */
export function residual(u: Temperature, log: Streams, source: Tensor): Tensor {
  const a = scale(exp(log.value), initialDiffusivity);
  const [logX, logY] = log.tangents as [Tensor, Tensor];
  const flow = add(u.laplacian, add(mul(logX, u.x), mul(logY, u.y)));
  return sub(sub(u.t, source), mul(a, flow));
}

export function plain({ tangents: [x, y, t], second }: Streams): Temperature {
  const root = Math.SQRT1_2;
  return {
    x: scale(x as Tensor, root),
    y: scale(y as Tensor, root),
    t: t as Tensor,
    laplacian: second as Tensor,
  };
}

/** u = u0 + g N by the product rule, with what is known about u0 and g from the pool. */
export function constructed(streams: Streams, column: (name: string) => Tensor): Temperature {
  const { value: n, second } = streams;
  const [nx, ny, nt] = streams.tangents as [Tensor, Tensor, Tensor];
  const g = column("factor");
  const bent = add(
    add(mul(column("double_x"), nx), mul(column("double_y"), ny)),
    mul(g, second as Tensor),
  );
  return {
    x: add(add(mul(column("factor_x"), n), mul(column("factor_root"), nx)), column("start_x")),
    y: add(add(mul(column("factor_y"), n), mul(column("factor_root"), ny)), column("start_y")),
    t: add(mul(column("factor_t"), n), mul(g, nt)),
    laplacian: add(add(mul(column("factor_laplacian"), n), bent), column("start_laplacian")),
  };
}
