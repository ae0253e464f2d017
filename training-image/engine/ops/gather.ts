import { elementCount, type Shape, type Tensor, zeros } from "../tensor.ts";
import { axisOf, operation } from "./operation.ts";
import { expand, reshape } from "./shape.ts";

/**
 * Slices of a tensor along one axis, chosen by whole numbers (int32 or int64): rows of a data set, an embedding.
 * @returns shape of `x` with the axis replaced by the shape of `indices`
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  const along = axisOf(x, axis);
  return operation("Gather", [x, indices], {
    shape: [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)],
    attributes: { axis: along },
    pullback: (g) => [scatterAdd(g, indices, x.shape, along), undefined],
  });
}

/** The element of a vector that a whole number counts from 0. */
export function at(vector: Tensor, index: Tensor): Tensor {
  return gather(vector, index);
}

/** Adds up slices where `gather` would take them: what comes to one place more than once is summed. */
function scatterAdd(slices: Tensor, indices: Tensor, shape: Shape, axis: number): Tensor {
  const count = elementCount(indices.shape);
  const flat = [...shape.slice(0, axis), count, ...shape.slice(axis + 1)];
  const places = expand(
    reshape(indices, [
      ...shape.slice(0, axis).map(() => 1),
      count,
      ...shape.slice(axis + 1).map(() => 1),
    ]),
    flat,
  );
  return operation(
    "ScatterElements",
    [zeros(shape as readonly number[], slices.type), places, reshape(slices, flat)],
    {
      shape,
      attributes: { axis, reduction: "add" },
      pullback: (g) => [undefined, undefined, reshape(gather(g, indices, axis), slices.shape)],
    },
  );
}
