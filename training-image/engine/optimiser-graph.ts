import { emit } from "./emit.ts";
import type { Optimiser } from "./optimiser.ts";
import { add, scale } from "./ops.ts";
import { mapEntries } from "./records.ts";
import { input, type Tensor } from "./tensor.ts";

/** Inputs of an optimiser's graph that hold a chunk's gradient, counted from 0. */
export function gradientName(chunk: number): string {
  return `gradient_${chunk}`;
}

/**
 * One step of an optimiser, without the loss, as an ONNX file. Inputs: `parameters` and the optimiser's slots [size],
 * its scalars, and the gradient of every chunk [size], whose mean it follows; outputs: `parameters` and the slots, each
 * with `_after` behind its name.
 */
export function optimiserGraph(optimiser: Optimiser, size: number, chunks: number): Uint8Array {
  const gradients = Array.from({ length: chunks }, (_, chunk) =>
    input(gradientName(chunk), [size]),
  );
  const total = gradients.reduce<Tensor>(
    (sum, part) => (sum === part ? sum : add(sum, part)),
    gradients[0] as Tensor,
  );
  const scalars = mapEntries(optimiser.scalars(1, 0), (name) => [name, input(name, [])]);
  const parameters = input("parameters", [size]);
  const slots = Object.fromEntries(optimiser.slots.map((name) => [name, input(name, [size])]));
  const mean = chunks === 1 ? total : scale(total, 1 / chunks);
  const after = optimiser.step({ parameters, slots }, mean, scalars);
  const inputs = [parameters, ...Object.values(slots), ...Object.values(scalars), ...gradients];
  const outputs = { parameters: after.parameters, ...after.slots };
  return emit({
    name: "optimiser",
    inputs,
    outputs: mapEntries<string, Tensor, Tensor>(outputs, (name, tensor) => [
      `${name}_after`,
      tensor,
    ]),
  });
}
