import { gradients } from "../../../engine/gradient.ts";
import type { Loss } from "../../../engine/objective.ts";
import { add, exp, mean, mul, reshape, scale, slice, square, sub } from "../../../engine/ops.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { initialDiffusivity } from "../problem/problem.ts";
import {
  diffusivity,
  diffusivityDirections,
  diffusivityShape,
  type PinnDesign,
  pinnShapes,
  temperature,
  temperatureDirections,
  temperatureShape,
} from "./design.ts";
import { type Gradients, type Parameters, Pass } from "./network.ts";
import { interiorColumns, knownColumns, type Section } from "./pools.ts";
import type { Streams } from "./streams.ts";

/** A minibatch: rows of the pools. */
export interface Batch {
  interior: Tensor;
  known: Tensor;
  /** How the rows of `known` are divided, in order. */
  sections: readonly Section[];
}

/** What the equation needs of the temperature; derivatives by x and y without any factor. */
export interface Temperature {
  x: Tensor;
  y: Tensor;
  t: Tensor;
  laplacian: Tensor;
}

/**
 * Weighted sum of the mean squares of the residual r = u_t - div(a grad u) - f, of the misfits to readings and
 * conditions, and of the gradient of log a. Each part without its weight is a trace.
 */
export function pinnLoss(design: PinnDesign, parameters: Parameters, batch: Batch): Loss {
  const shape = temperatureShape(design);
  const inside = new Pass(
    temperature,
    shape,
    parameters,
    slice(batch.interior, 0, 3, 1),
    temperatureDirections,
  );
  const field = new Pass(
    diffusivity,
    diffusivityShape,
    parameters,
    slice(batch.interior, 0, 2, 1),
    diffusivityDirections,
  );
  const known = new Pass(temperature, shape, parameters, slice(batch.known, 0, 3, 1));

  const hard = design.conditions === "hard";
  const column = columnsOf(batch.interior, interiorColumns[design.conditions]);
  const u = hard ? constructed(inside.output, column) : plain(inside.output);
  const [fieldX, fieldY] = field.output.tangents as [Tensor, Tensor];
  const squares = misfits(batch, known.output.value);
  const parts: Record<string, Tensor> = {
    pde: mean(square(residual(u, field.output, column("source")))),
    ...squares,
    smoothness: mean(add(square(fieldX), square(fieldY))),
  };
  const loss = Object.entries(parts)
    .filter(([part]) => design.weights[part as keyof PinnDesign["weights"]] !== 0)
    .map(([part, value]) => scale(value, design.weights[part as keyof PinnDesign["weights"]]))
    .reduce((sum, part) => add(sum, part));

  // With soft conditions the residual does not depend on the temperature itself, only on its derivatives.
  const insideStreams = [
    ...inside.output.tangents,
    inside.output.laplacian as Tensor,
    ...(hard ? [inside.output.value] : []),
  ];
  const [byX, byY, byT, byLaplacian, byField, byFieldX, byFieldY, byKnown, byValue] = gradients(
    loss,
    [
      ...insideStreams.slice(0, 4),
      field.output.value,
      fieldX,
      fieldY,
      known.output.value,
      ...insideStreams.slice(4),
    ],
  );
  const gathered: Gradients = new Map();
  known.backward({ value: byKnown, tangents: [] }, gathered);
  inside.backward({ value: byValue, tangents: [byX, byY, byT], laplacian: byLaplacian }, gathered);
  field.backward({ value: byField, tangents: [byFieldX, byFieldY] }, gathered);
  return { loss, traces: parts, gradients: shaped(design, gathered) };
}

/** u_t - a (lap u + grad log a . grad u) - f, for a = a0 exp(z). */
export function residual(u: Temperature, log: Streams, source: Tensor): Tensor {
  const a = scale(exp(log.value), initialDiffusivity);
  const [logX, logY] = log.tangents as [Tensor, Tensor];
  const flow = add(u.laplacian, add(mul(logX, u.x), mul(logY, u.y)));
  return sub(sub(u.t, source), mul(a, flow));
}

export function plain({ tangents: [x, y, t], laplacian }: Streams): Temperature {
  const root = Math.SQRT1_2;
  return {
    x: scale(x as Tensor, root),
    y: scale(y as Tensor, root),
    t: t as Tensor,
    laplacian: laplacian as Tensor,
  };
}

/** u = u0 + g N by the product rule, with what is known about u0 and g from the pool. */
export function constructed(streams: Streams, column: (name: string) => Tensor): Temperature {
  const { value: n, laplacian } = streams;
  const [nx, ny, nt] = streams.tangents as [Tensor, Tensor, Tensor];
  const g = column("factor");
  const bent = add(
    add(mul(column("double_x"), nx), mul(column("double_y"), ny)),
    mul(g, laplacian as Tensor),
  );
  return {
    x: add(add(mul(column("factor_x"), n), mul(column("factor_root"), nx)), column("start_x")),
    y: add(add(mul(column("factor_y"), n), mul(column("factor_root"), ny)), column("start_y")),
    t: add(mul(column("factor_t"), n), mul(g, nt)),
    laplacian: add(add(mul(column("factor_laplacian"), n), bent), column("start_laplacian")),
  };
}

/** Mean squared misfit of each section. */
function misfits(batch: Batch, value: Tensor): Record<string, Tensor> {
  const hard = batch.known.shape[1] === knownColumns.hard.length;
  const column = columnsOf(batch.known, knownColumns[hard ? "hard" : "soft"]);
  const shown = hard ? mul(column("factor"), value) : value;
  const errors = square(sub(shown, column("target")));
  if (batch.sections.length === 1) return { data: mean(errors) };
  let start = 0;
  const entries = batch.sections.map(({ part, rows }) => {
    const own = slice(errors, start, start + rows);
    start += rows;
    return [part, mean(own)] as const;
  });
  return Object.fromEntries(entries);
}

function columnsOf(rows: Tensor, names: readonly string[]): (name: string) => Tensor {
  return (name) => {
    const index = names.indexOf(name);
    if (index < 0) throw new Error(`pools: there is no column '${name}'`);
    return slice(rows, index, index + 1, 1);
  };
}

/** Biases are gathered as rows of one. */
function shaped(design: PinnDesign, gathered: Gradients): Record<string, Tensor> {
  const entries = Object.entries(pinnShapes(design)).map(([name, shape]) => {
    const gradient = gathered.get(name);
    if (gradient === undefined) throw new Error(`pinn: nothing depends on '${name}'`);
    return [name, reshape(gradient, shape)] as const;
  });
  return Object.fromEntries(entries);
}
