import { expect, it } from "vitest";
import { elementwiseLoop, elementwiseSource } from "./elementwise.ts";
import { emit } from "./emit.ts";
import { add, cast, exp, mul } from "./ops.ts";
import { adam, type Optimiser, sgd } from "./optimiser.ts";
import { createRandom } from "./random.ts";
import { mapEntries } from "./records.ts";
import { outputOf, Session } from "./session.ts";
import { type Input, input, type Tensor, vector } from "./tensor.ts";

const size = 3000;
const random = createRandom(7);
const odd = [0, -0, 1e-45, -1e-38, 3e38, Infinity, -Infinity, NaN];

/** Of every magnitude, with some that are hard on rounding. */
function numbers(areNegative = true): Float32Array {
  const any = () => random.normal() * 10 ** Math.floor(20 * random.uniform() - 10);
  return Float32Array.from({ length: size }, (_, index) => {
    const value = odd[index % 97] ?? any();
    return areNegative ? value : Math.abs(value);
  });
}

const bits = (values: Float32Array) =>
  // What a NaN carries beside being none is not compared.
  Array.from(values, (value) =>
    Number.isNaN(value) ? "NaN" : Object.is(value, -0) ? "-0" : value,
  );

it.each<[string, Optimiser]>([
  ["Adam", adam()],
  ["Adam with weight decay", adam({ weightDecay: 0.01, beta1: 0.8 })],
  ["gradient descent", sgd()],
  ["gradient descent with momentum", sgd({ momentum: 0.9 })],
])("T-08 a step of %s has the bits that onnxruntime gives it", async (_, optimiser) => {
  const named = (name: string): [string, Input] => [name, input(name, [size])];
  const vectors = Object.fromEntries(["parameters", "gradient", ...optimiser.slots].map(named));
  const values = optimiser.scalars(3, 0.01);
  const scalars = mapEntries(values, (name) => [name, input(name, [])]);
  const { parameters, gradient, ...slots } = vectors;
  const { slots: slotsAfter, ...rest } = optimiser.step(
    { parameters: parameters!, slots },
    gradient!,
    scalars,
  );
  const outputs: Record<string, Tensor> = { ...rest, ...slotsAfter };
  const fed = mapEntries(vectors, (name) => [name, numbers(name !== "variance")]);
  const numbersOf = mapEntries(values, (name, value) => [name, Math.fround(value)]);

  const inputs = [...Object.values(vectors), ...Object.values(scalars)];
  const after = mapEntries(outputs, (name, tensor) => [`${name}_after`, tensor]);
  const session = await Session.open(emit({ name: "step", inputs, outputs: after }));
  const expected = await session.run({
    ...mapEntries(fed, (name, data) => [name, { data, shape: [size] }]),
    ...mapEntries(numbersOf, (name, value) => [name, { data: Float32Array.of(value), shape: [] }]),
  });
  await session.close();

  const loop = elementwiseLoop(elementwiseSource(outputs));
  const whole = mapEntries(outputs, (name) => [name, new Float32Array(size)]);
  loop(fed, numbersOf, whole, 0, 1000);
  for (const result of Object.values(whole)) expect(result[1000]).toBe(0);
  loop(fed, numbersOf, whole, 1000, size);
  // In the memory that it reads.
  loop(fed, numbersOf, fed, 0, size);
  for (const name of Object.keys(outputs)) {
    const wanted = bits(outputOf(expected, `${name}_after`).data as Float32Array);
    expect(bits(whole[name]!)).toEqual(wanted);
    expect(bits(fed[name]!)).toEqual(wanted);
  }
});

it("refuses what does not go element by element, and what it has no operator for", () => {
  const x = input("x", [4]);
  expect(() => elementwiseSource({ y: exp(x) })).toThrow(
    "there are Add, Sub, Mul, Div, Sqrt, it has Exp",
  );
  expect(() => elementwiseSource({ y: mul(x, vector([1, 2, 3, 4])) })).toThrow(
    "it has a constant of [4]",
  );
  expect(() => elementwiseSource({ y: add(cast(x, "float64"), cast(x, "float64")) })).toThrow(
    "it has float64",
  );
});
