import {
  type Attributes,
  constant,
  type ElementType,
  nextSerial,
  type Pullback,
  type Shape,
  type Tensor,
} from "../tensor.ts";

interface Result {
  shape: Shape;
  /** @default that of the first input */
  type?: ElementType;
  attributes?: Attributes;
  pullback?: Pullback;
}

/** An ONNX node of one result. Without a pullback it has no gradient. */
export function operation(
  operator: string,
  inputs: readonly [Tensor, ...Tensor[]],
  result: Result,
): Tensor {
  const { shape, type = inputs[0].type, attributes = {}, pullback } = result;
  const serial = nextSerial();
  const node = { kind: "operation" as const, operator, inputs, attributes, shape, type, serial };
  return pullback === undefined ? node : { ...node, pullback };
}

/** A constant vector of whole numbers, such as axes or a shape. */
export function int64(values: readonly number[]): Tensor {
  return constant(BigInt64Array.from(values.map(BigInt)), [values.length]);
}

/** Number of an axis counted from 0; negative ones count from the end. @throws RangeError where there is none. */
export function axisOf(x: Tensor, axis: number): number {
  const rank = x.shape.length;
  const counted = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(counted) || counted < 0 || counted >= rank) {
    throw new RangeError(`axis ${axis}: [${x.shape.join(", ")}] has ${rank} axes`);
  }
  return counted;
}
