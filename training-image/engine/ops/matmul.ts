import { broadcast, type Tensor } from "../tensor.ts";
import { operation } from "./operation.ts";
import { sumTo } from "./reduce.ts";

export interface MatmulOptions {
  /** Multiply by the transpose of `a`. @default false */
  transposeA?: boolean;
  /** Multiply by the transpose of `b`. @default false */
  transposeB?: boolean;
  /** Added to the product, stretched to its shape: a bias, or a sum so far. @default nothing */
  plus?: Tensor | undefined;
}

/** Product of two matrices. One `Gemm` takes the transposes and the sum along, so that gradients need no copies. */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, plus } = options;
  const [rows, innerA] = matrixShape(a, transposeA);
  const [innerB, columns] = matrixShape(b, transposeB);
  if (innerA !== innerB) {
    throw new RangeError(`matmul: inner sizes ${innerA} and ${innerB} differ`);
  }
  const shape = [rows, columns];
  if (plus !== undefined && String(broadcast(shape, plus.shape)) !== String(shape)) {
    throw new RangeError(`matmul: [${plus.shape.join(", ")}] does not stretch to [${shape}]`);
  }
  return operation("Gemm", plus === undefined ? [a, b] : [a, b, plus], {
    shape,
    attributes: { transA: Number(transposeA), transB: Number(transposeB) },
    pullback: (g) => [
      transposeA
        ? matmul(b, g, { transposeA: transposeB, transposeB: true })
        : matmul(g, b, { transposeB: !transposeB }),
      transposeB
        ? matmul(g, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, g, { transposeA: !transposeA }),
      plus === undefined ? undefined : sumTo(g, plus.shape),
    ],
  });
}

/**
 * The same product with `plus` added inside the `Gemm`, where that is possible.
 * @returns undefined where `product` is no bare matrix product, or `plus` has another shape
 */
export function plusProduct(plus: Tensor, product: Tensor): Tensor | undefined {
  if (product.kind !== "operation" || product.operator !== "Gemm") return undefined;
  const [a, b, already] = product.inputs;
  if (a === undefined || b === undefined || already !== undefined) return undefined;
  if (String(plus.shape) !== String(product.shape)) return undefined;
  const { transA, transB } = product.attributes;
  return matmul(a, b, { transposeA: transA === 1, transposeB: transB === 1, plus });
}

function matrixShape(x: Tensor, transpose: boolean) {
  const [rows, columns] = x.shape;
  if (rows === undefined || columns === undefined || x.shape.length !== 2) {
    throw new RangeError(`matmul: [${x.shape.join(", ")}] is not a matrix`);
  }
  return transpose ? ([columns, rows] as const) : ([rows, columns] as const);
}
