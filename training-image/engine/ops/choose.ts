import { onnxType } from "../proto.ts";
import { broadcast, constant, type ElementType, scalar, type Tensor, vector } from "../tensor.ts";
import { operation } from "./operation.ts";
import { sumTo } from "./reduce.ts";
import { reshape } from "./shape.ts";

/** Elements of `a` where `condition` (bool) holds, of `b` elsewhere. */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return operation("Where", [condition, a, b], {
    shape: broadcast(condition.shape, broadcast(a.shape, b.shape)),
    type: a.type,
    pullback: (g) => [
      undefined,
      sumTo(where(condition, g, scalar(0, g)), a.shape),
      sumTo(where(condition, scalar(0, g), g), b.shape),
    ],
  });
}

export function equal(a: Tensor, b: Tensor): Tensor {
  return compare("Equal", a, b);
}

export function greater(a: Tensor, b: Tensor): Tensor {
  return compare("Greater", a, b);
}

export function less(a: Tensor, b: Tensor): Tensor {
  return compare("Less", a, b);
}

function compare(operator: string, a: Tensor, b: Tensor): Tensor {
  return operation(operator, [a, b], { shape: broadcast(a.shape, b.shape), type: "bool" });
}

/** Where a number is missing (NaN). */
export function isNaN(x: Tensor): Tensor {
  return operation("IsNaN", [x], { shape: x.shape, type: "bool" });
}

export function and(a: Tensor, b: Tensor): Tensor {
  return compare("And", a, b);
}

export function or(a: Tensor, b: Tensor): Tensor {
  return compare("Or", a, b);
}

export function not(x: Tensor): Tensor {
  return operation("Not", [x], { shape: x.shape });
}

/** The same values as another element type. A gradient flows only from one float type to another. */
export function cast(x: Tensor, type: ElementType): Tensor {
  const isSmooth = isFloat(x.type) && isFloat(type);
  return operation("Cast", [x], {
    shape: x.shape,
    type,
    attributes: { to: onnxType[type] },
    pullback: (g) => [isSmooth ? cast(g, x.type) : undefined],
  });
}

/**
 * Rows of 1 where a category stands and 0 elsewhere, of float32. What is none of the categories, a missing number too,
 * gives a row of 0.
 * @param x categories as numbers or, of type string, as words; such as [rows]
 * @returns shape of `x` with one more axis, as long as `categories`
 */
export function oneHot(x: Tensor, categories: readonly number[] | readonly string[]): Tensor {
  const known =
    x.type === "string"
      ? constant(categories.map(String), [categories.length])
      : vector(categories.map(Number), x.type);
  return cast(equal(reshape(x, [...x.shape, 1]), known), "float32");
}

/** Numbers with the missing ones (NaN) replaced; no gradient flows to those. */
export function fillMissing(x: Tensor, by: Tensor): Tensor {
  return where(isNaN(x), by, x);
}

function isFloat(type: ElementType): boolean {
  return type === "float32" || type === "float64";
}
