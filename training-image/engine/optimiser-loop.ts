import { elementwiseSource } from "./elementwise.ts";
import type { Optimiser } from "./optimiser.ts";
import { add, scale } from "./ops.ts";
import { mapEntries } from "./records.ts";
import { input, type Tensor } from "./tensor.ts";

/** Inputs of an optimiser's loop that hold a chunk's gradient, counted from 0. */
export function gradientName(chunk: number): string {
  return `gradient_${chunk}`;
}

/**
 * One step of an optimiser along the mean of every chunk's gradient, as `elementwiseSource` writes it. Inputs:
 * `parameters` and the optimiser's slots, its scalars, and the gradients; outputs: `parameters` and the slots.
 * @param size of each vector
 * @throws Error where the optimiser does more to them than can be done element by element
 */
export function optimiserLoop(optimiser: Optimiser, size: number, chunks: number): string {
  const gradients = Array.from({ length: chunks }, (_, chunk) =>
    input(gradientName(chunk), [size]),
  );
  const total = gradients.reduce<Tensor>(
    (sum, part) => (sum === part ? sum : add(sum, part)),
    gradients[0] as Tensor,
  );
  const mean = chunks === 1 ? total : scale(total, 1 / chunks);
  const scalars = mapEntries(optimiser.scalars(1, 0), (name) => [name, input(name, [])]);
  const parameters = input("parameters", [size]);
  const slots = Object.fromEntries(optimiser.slots.map((name) => [name, input(name, [size])]));
  const after = optimiser.step({ parameters, slots }, mean, scalars);
  return elementwiseSource({ parameters: after.parameters, ...after.slots });
}
