import { describe, expect, it } from "vitest";
import { emit } from "../../../engine/emit.ts";
import { gradients } from "../../../engine/gradient.ts";
import { add, mul, sum } from "../../../engine/ops.ts";
import { createRandom } from "../../../engine/random.ts";
import { outputOf, Session, type Value } from "../../../engine/session.ts";
import { elementCount, input, type Tensor } from "../../../engine/tensor.ts";
import { type Gradients, networkShapes, Pass } from "./network.ts";

/**
 * Compares the forward Laplacian and the hand-written derivative with central differences, in 64-bit floats.
 * Does not prove that training gets anywhere.
 */
const root = Math.sqrt(2);
const directions = [
  { along: [2 * root, 0, 0], curved: true },
  { along: [0, 2 * root, 0], curved: true },
  { along: [0, 0, 2], curved: false },
];
const rows = 3;

function setUp(layers: number) {
  const shape = { inputs: 3, layers, width: 5 };
  const shapes = networkShapes("u", shape);
  const random = createRandom(3);
  const draw = (size: readonly number[]): Value => ({
    data: Float64Array.from({ length: elementCount(size) }, () => 1.5 * random.uniform() - 0.75),
    shape: size,
  });
  const inputs = Object.entries(shapes).map(([name, size]) => input(name, size, "float64"));
  const points = input("points", [rows, 3], "float64");
  const pass = new Pass(
    "u",
    shape,
    Object.fromEntries(inputs.map((tensor) => [tensor.name, tensor])),
    points,
    directions,
  );
  const feeds: Record<string, Value> = { points: draw([rows, 3]) };
  for (const { name, shape: size } of inputs) feeds[name] = draw(size as number[]);
  return { pass, inputs: [...inputs, points], names: Object.keys(shapes), feeds, draw };
}

function moved(feeds: Record<string, Value>, name: string, index: number, by: number) {
  const { data, shape } = feeds[name] as Value;
  const changed = Float64Array.from(data as Float64Array);
  changed[index]! += by;
  return { ...feeds, [name]: { data: changed, shape } };
}

describe.each([1, 2, 4])("a network of %i layers", (layers) => {
  const { pass, inputs, names, feeds, draw } = setUp(layers);
  const { value, tangents, laplacian } = pass.output;
  const [x, y, t] = tangents as [Tensor, Tensor, Tensor];
  const streams = [value, x, y, t, laplacian as Tensor];

  it("gives the derivatives that finite differences give", async () => {
    const [dx, dy, dt, lap] = [x, y, t, laplacian as Tensor];
    const session = await Session.open(
      emit({ name: "test", inputs, outputs: { value, dx, dy, dt, lap } }),
    );
    const read = async (from: Record<string, Value>, name: string) => [
      ...(outputOf(await session.run(from), name).data as Float64Array),
    ];
    const centre = await read(feeds, "value");
    for (let row = 0; row < rows; row++) {
      const h = 1e-4;
      const at = async (axis: number, by: number) =>
        (await read(moved(feeds, "points", 3 * row + axis, by), "value"))[row] as number;
      // The network's inputs are 2x - 1 and so on: a derivative by x is twice the one by the input.
      const slope = async (axis: number) => ((await at(axis, h)) - (await at(axis, -h))) / h;
      const bend = async (axis: number) =>
        (4 * ((await at(axis, h)) + (await at(axis, -h)) - 2 * (centre[row] as number))) / h ** 2;
      expect((await read(feeds, "dx"))[row]! / root).toBeCloseTo(await slope(0), 6);
      expect((await read(feeds, "dy"))[row]! / root).toBeCloseTo(await slope(1), 6);
      expect((await read(feeds, "dt"))[row]).toBeCloseTo(await slope(2), 6);
      expect((await read(feeds, "lap"))[row]).toBeCloseTo((await bend(0)) + (await bend(1)), 5);
    }
    await session.close();
  });

  it("has the parameter gradients that finite differences give, for every stream", async () => {
    const weightInputs = streams.map((_, index) => input(`weights_${index}`, [rows, 1], "float64"));
    const withWeights = { ...feeds };
    for (const { name } of weightInputs) withWeights[name] = draw([rows, 1]);
    const weighted = streams
      .map((stream, index) => sum(mul(mul(stream, stream), weightInputs[index] as Tensor)))
      .reduce((a, b) => add(a, b));
    const [gv, gx, gy, gt, gl] = gradients(weighted, streams);
    const gathered: Gradients = new Map();
    pass.backward({ value: gv, tangents: [gx, gy, gt], laplacian: gl }, gathered);
    const outputs = Object.fromEntries([...gathered].map(([name, g]) => [`gradient_${name}`, g]));
    const session = await Session.open(
      emit({
        name: "test",
        inputs: [...inputs, ...weightInputs],
        outputs: { loss: weighted, ...outputs },
      }),
    );
    const lossAt = async (from: Record<string, Value>) =>
      (outputOf(await session.run(from), "loss").data as Float64Array)[0] as number;
    const results = await session.run(withWeights);
    expect([...gathered.keys()].sort()).toEqual([...names].sort());
    for (const name of names) {
      const gradient = outputOf(results, `gradient_${name}`).data as Float64Array;
      for (const index of gradient.keys()) {
        const h = 1e-5;
        const up = await lossAt(moved(withWeights, name, index, h));
        const down = await lossAt(moved(withWeights, name, index, -h));
        const slope = (up - down) / (2 * h);
        expect(Math.abs(gradient[index]! - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
      }
    }
    await session.close();
  });
});
