import { rules } from "./jet-rules.ts";
import { expandLike } from "./ops.ts";
import { type Series, times, zerosLike } from "./series.ts";
import { inOrder, type Operation, sourcesOf, type Tensor } from "./tensor.ts";

/** A value and its derivatives along a direction, by order. */
export type Jet<Order extends number> = Order extends 1
  ? [value: Tensor, first: Tensor]
  : Order extends 2
    ? [value: Tensor, first: Tensor, second: Tensor]
    : [value: Tensor, first: Tensor, ...higher: Tensor[]];

/**
 * Derivatives of an expression along a direction: of g(t) = value(point + t direction) at t = 0, by propagating a
 * truncated Taylor series (a jet) through it. They are expressions like any other: reverse mode goes over them.
 *
 * Mixed derivatives are sums of these: 2 u_xy = d2(x + y) - d2(x) - d2(y), where d2(v) is the second one along v.
 * @param point what the derivatives are taken by, such as an input
 * @param direction of a shape that stretches to that of the point; [1, n] is the same direction for every row
 * @param order how many derivatives
 * @returns the value and its derivatives, by order, each of the shape of `value`
 * @throws Error where an operator on the way has no rule (`jet-rules.ts`)
 */
export function jet<Order extends number>(
  value: Tensor,
  point: Tensor,
  direction: Tensor,
  order: Order,
): Jet<Order> {
  if (!Number.isInteger(order) || order < 1) {
    throw new RangeError(`jet: the order is ${order}, but must be a whole number from 1`);
  }
  const seriesOf = new Map<Tensor, Series>([[point, [point, direction]]]);
  for (const tensor of inOrder([value])) {
    const dependent = sourcesOf(tensor).some((source) => seriesOf.has(source));
    // Whole numbers and booleans only change in steps.
    if (!dependent || seriesOf.has(tensor) || !tensor.type.startsWith("float")) continue;
    const { operator } = tensor.kind === "result" ? tensor.block : (tensor as Operation);
    const rule = rules[operator];
    if (rule === undefined || tensor.kind !== "operation") {
      throw new Error(`jet: operator ${operator} has no rule`);
    }
    const inputs = tensor.inputs.map((source) => seriesOf.get(source) ?? [source]);
    seriesOf.set(tensor, rule(tensor, inputs, order));
  }
  const series = seriesOf.get(value) ?? [value];
  let factorial = 1;
  const derivatives = Array.from({ length: order }, (_, index) => {
    factorial *= index + 1;
    const derivative = times(series[index + 1], factorial);
    return derivative === undefined ? zerosLike(value) : expandLike(derivative, value);
  });
  return [value, ...derivatives] as Jet<Order>;
}
