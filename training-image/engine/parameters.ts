import { gradients } from "./gradient.ts";
import { concat, reshape, split } from "./ops.ts";
import type { Random } from "./random.ts";
import { constant, type Constant, elementCount, serialOf, type Tensor } from "./tensor.ts";

/** Where each parameter of a model lies in the one flat vector that an optimiser works on. */
export class ParameterLayout<Name extends string = string> {
  readonly size: number;
  readonly #places: { name: Name; shape: readonly number[]; start: number; end: number }[] = [];

  constructor(shapes: Readonly<Record<Name, readonly number[]>>) {
    let start = 0;
    for (const [name, shape] of Object.entries(shapes) as [Name, readonly number[]][]) {
      const end = start + elementCount(shape);
      this.#places.push({ name, shape, start, end });
      start = end;
    }
    this.size = start;
  }

  /** The parameters as expressions over the flat vector. */
  unpack(vector: Tensor): Record<Name, Tensor> {
    const pieces = split(
      vector,
      this.#places.map(({ start, end }) => end - start),
    );
    return this.#map(({ shape }, index) => reshape(pieces[index] as Tensor, shape));
  }

  /** The parameters as constants, for a graph that is done with training. */
  constants(values: Float32Array): Record<Name, Constant> {
    return this.#map(({ shape, start, end }) => constant(values.slice(start, end), shape));
  }

  /** Gradient of a scalar by the flat vector whose unpacked form is `parameters`. */
  gradient(value: Tensor, parameters: Record<Name, Tensor>): Tensor {
    const variables = this.#places.map(({ name }) => parameters[name]);
    return flat(gradients(value, variables));
  }

  /** @throws Error where a tensor is missing or has another shape than its parameter. */
  pack(tensors: Readonly<Record<string, Tensor>>): Tensor {
    const parts = this.#places.map(({ name, shape }) => {
      const part = tensors[name];
      if (part !== undefined && String(part.shape) === String(shape)) return part;
      const found = part === undefined ? "nothing" : `[${part.shape.join(", ")}]`;
      throw new Error(`parameter '${name}' is [${shape.join(", ")}], but there is ${found} for it`);
    });
    return flat(parts);
  }

  /** Starting values: Glorot's normal for matrices and kernels (Glorot and Bengio, 2010), 0 for vectors. */
  initialise(random: Random): Float32Array {
    const values = new Float32Array(this.size);
    for (const { shape, start, end } of this.#places) {
      // A kernel, [outputs, inputs, height, width], takes part in one product a pixel.
      const [outer, inner, ...window] = shape;
      if (outer === undefined || inner === undefined) continue;
      const deviation = Math.sqrt(2 / ((outer + inner) * elementCount(window)));
      for (let index = start; index < end; index++) values[index] = deviation * random.normal();
    }
    return values;
  }

  #map<T>(
    make: (place: { shape: readonly number[]; start: number; end: number }, index: number) => T,
  ) {
    const entries = this.#places.map((place, index) => [place.name, make(place, index)] as const);
    return Object.fromEntries(entries) as Record<Name, T>;
  }
}

function flat(parts: readonly Tensor[]): Tensor {
  // What is known first is written last: that is where the runtime begins (emit.ts).
  const latestFirst = [...parts].sort((a, b) => serialOf(b) - serialOf(a));
  const vectors = new Map<Tensor, Tensor>(
    latestFirst.map((part) => [part, reshape(part, [elementCount(part.shape)])]),
  );
  return concat(parts.map((part) => vectors.get(part)) as [Tensor, ...Tensor[]]);
}
