import { emit } from "../emit.ts";
import { gradients } from "../gradient.ts";
import { add, cast, mul, square, sum } from "../ops.ts";
import { createRandom } from "../random.ts";
import { outputOf, Session, type Value } from "../session.ts";
import { constant, elementCount, input, type Tensor } from "../tensor.ts";

export type Floats = Float32Array | Float64Array;

export interface Probe {
  /** Shapes of the variables. */
  shapes: readonly (readonly number[])[];
  build(...variables: [Tensor, ...Tensor[]]): Tensor;
  /** Variables are drawn from this range. @default [-1, 1] */
  range?: readonly [number, number];
  /**
   * What onnxruntime has in 32-bit floats only is computed in these, over longer steps; results are weighed and added
   * up in 64-bit floats all the same, so that only the operator's own rounding counts. @default "float64"
   */
  type?: "float32" | "float64";
}

/**
 * Largest differences between derivatives by reverse mode and central differences at a random point,
 * relative to those that are larger than 1. `first` is of the elements of the result, each with a random weight, so
 * that errors cannot cancel; `second` of a random direction along the gradient of their weighted squares.
 */
export async function differences(probe: Probe): Promise<{ first: number; second: number }> {
  const random = createRandom(7);
  const { type = "float64" } = probe;
  const draw = (shape: readonly number[], low = -1, high = 1) => {
    const values = Array.from(
      { length: elementCount(shape) },
      () => low + (high - low) * random.uniform(),
    );
    return type === "float64" ? Float64Array.from(values) : Float32Array.from(values);
  };
  const exactly = (tensor: Tensor) => (type === "float64" ? tensor : cast(tensor, "float64"));
  const weighted = (tensor: Tensor) => {
    const shape = tensor.shape as readonly number[];
    const weights = Float64Array.from(draw(shape));
    return sum(mul(exactly(tensor), constant(weights, shape)));
  };
  const variables = probe.shapes.map((shape, index) => input(`x${index}`, shape, type));
  const result = probe.build(...(variables as [Tensor, ...Tensor[]]));
  const slopes = gradients(weighted(square(exactly(result))), variables);
  const point = probe.shapes.map((shape) => draw(shape, ...(probe.range ?? [-1, 1])));
  return {
    first: await difference(weighted(result), variables, point),
    second: await difference(slopes.map(weighted).reduce(add), variables, point),
  };
}

/** The same for any scalar, at a point. */
export async function difference(
  value: Tensor,
  variables: readonly (Tensor & { name?: string })[],
  point: readonly Floats[],
): Promise<number> {
  const derived = gradients(value, variables);
  const outputs = Object.fromEntries(derived.map((tensor, index) => [`g${index}`, tensor]));
  const inputs = variables.filter((variable) => variable.kind === "input");
  const session = await Session.open(
    emit({ name: "probe", inputs, outputs: { value, ...outputs } }),
  );
  const run = (at: readonly Floats[]) => {
    const feeds = inputs.map(({ name, shape }, index): [string, Value] => [
      name,
      { data: at[index] as Floats, shape: shape as readonly number[] },
    ]);
    return session.run(Object.fromEntries(feeds));
  };
  const valueAt = async (at: readonly Floats[]) => Number(outputOf(await run(at), "value").data[0]);
  const step = variables[0]?.type === "float32" ? 1e-2 : 1e-5;
  let largest = 0;
  const results = await run(point);
  for (const [index, data] of point.entries()) {
    const gradient = outputOf(results, `g${index}`);
    if (String(gradient.shape) !== String(variables[index]?.shape)) {
      throw new Error(`gradient ${index} is [${gradient.shape}], not [${variables[index]?.shape}]`);
    }
    for (const element of data.keys()) {
      const moved = (by: number) =>
        point.map((other, which) =>
          which === index ? other.map((x, i) => (i === element ? x + by : x)) : other,
        );
      const slope = ((await valueAt(moved(step))) - (await valueAt(moved(-step)))) / (2 * step);
      const error = Math.abs(Number(gradient.data[element]) - slope) / Math.max(1, Math.abs(slope));
      // A NaN counts as the largest error there is.
      largest = error <= largest ? largest : error;
    }
  }
  await session.close();
  return largest;
}
