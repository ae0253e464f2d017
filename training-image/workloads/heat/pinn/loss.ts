import { gradients } from "../../../engine/gradient.ts";
import type { Loss } from "../../../engine/objective.ts";
import { add, mean, mul, reshape, scale, slice, square, sub } from "../../../engine/ops.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import {
  diffusivity,
  diffusivityDirections,
  diffusivityShape,
  type PinnDesign,
  pinnShapes,
  temperature,
  temperatureShape,
} from "./design.ts";
import { HeatOperator } from "./equation.ts";
import type { Gradients } from "./gathering.ts";
import { type Parameters, Pass } from "./network.ts";
import { interiorColumns, knownColumns, type Section } from "./pools.ts";
import { plus, type Streams } from "./streams.ts";

/** A minibatch: rows of the pools. */
export interface Batch {
  interior: Tensor;
  known: Tensor;
  /** How the rows of `known` are divided, in order. */
  sections: readonly Section[];
}

/**
 * Weighted sum of the mean squares of the residual r = u_t - div(a grad u) - f, of the misfits to readings and
 * conditions, and of the gradient of log a. Each part without its weight is a trace.
 */
export function pinnLoss(design: PinnDesign, parameters: Parameters, batch: Batch): Loss {
  const field = new Pass(
    diffusivity,
    diffusivityShape,
    parameters,
    slice(batch.interior, 0, 2, 1),
    { directions: diffusivityDirections },
  );
  const operator = new HeatOperator(field.output);
  const shape = temperatureShape(design);
  const points = slice(batch.interior, 0, 3, 1);
  const inside = new Pass(temperature, shape, parameters, points, operator.derivatives);
  const known = new Pass(temperature, shape, parameters, slice(batch.known, 0, 3, 1));

  const hard = design.conditions === "hard";
  const column = columnsOf(batch.interior, interiorColumns[design.conditions]);
  const source = column("source");
  const second = inside.output.second as Tensor;
  const [fieldX, fieldY] = field.output.tangents as [Tensor, Tensor];
  const parts: Record<string, Tensor> = {
    pde: mean(square(add(hard ? ofConstructed(inside.output, operator, column) : second, source))),
    ...misfits(batch, known.output.value),
    smoothness: mean(add(square(fieldX), square(fieldY))),
  };
  const loss = Object.entries(parts)
    .filter(([part]) => design.weights[part as keyof PinnDesign["weights"]] !== 0)
    .map(([part, value]) => scale(value, design.weights[part as keyof PinnDesign["weights"]]))
    .reduce((sum, part) => add(sum, part));

  // What the loss itself is made of. With soft conditions the residual is what comes out of the network.
  const smooth = hard || design.weights.smoothness !== 0;
  const { value, tangents } = inside.output;
  const [byKnown, bySecond, ...others] = gradients(loss, [
    known.output.value,
    second,
    ...(smooth ? field.output.tangents : []),
    ...(hard ? [field.output.value, value, ...tangents] : []),
  ]);
  const [byFieldX, byFieldY, byField, byValue, ...byTangents] = others;
  const gathered: Gradients = new Map();
  known.backward({ value: byKnown, tangents: [] }, gathered);
  const byPoint = inside.backward(
    { value: byValue, tangents: byTangents, second: bySecond },
    gathered,
  );
  const through = operator.backward(byPoint);
  field.backward(
    {
      value: plus(byField, through.value),
      tangents: through.tangents.map((part, axis) => plus([byFieldX, byFieldY][axis], part)),
    },
    gathered,
  );
  return { loss, traces: parts, gradients: shaped(design, gathered) };
}

/** P u for u = u0 + g N, by the product rule, with what is known about u0 and g from the pool. */
function ofConstructed(
  { value: n, tangents, second }: Streams,
  operator: HeatOperator,
  column: (name: string) => Tensor,
): Tensor {
  const [nx, ny] = tangents as [Tensor, Tensor];
  const start = operator.ofStill(column("start_laplacian"), column("start_x"), column("start_y"));
  const ofFactor = sub(
    operator.ofStill(column("factor_laplacian"), column("factor_x"), column("factor_y")),
    column("factor_t"),
  );
  // The network's derivatives are times sqrt(2 a), the pool's times sqrt(2): 2 a grad g . grad N takes one more sqrt(a).
  const crossed = add(mul(column("double_x"), nx), mul(column("double_y"), ny));
  return add(
    add(mul(column("factor"), second as Tensor), mul(operator.derivatives.spread, crossed)),
    add(mul(n, ofFactor), start),
  );
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
