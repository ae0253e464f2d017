import { onnxType } from "../proto.ts";
import { broadcast, type ElementType, scalar, type Tensor } from "../tensor.ts";
import { operation } from "./operation.ts";
import { sumTo } from "./reduce.ts";

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

export function not(x: Tensor): Tensor {
  return operation("Not", [x], { shape: x.shape });
}

/** The same values as another element type. A gradient flows only from one float type to another. */
export function cast(x: Tensor, type: ElementType): Tensor {
  const isFloat = (element: ElementType) => element.startsWith("float");
  const result = { shape: x.shape, type, attributes: { to: onnxType[type] } };
  if (!isFloat(x.type) || !isFloat(type)) return operation("Cast", [x], result);
  return operation("Cast", [x], { ...result, pullback: (g) => [cast(g, x.type)] });
}
