import { describe, expect, it } from "vitest";
import { emit } from "../../../engine/emit.ts";
import { gradients } from "../../../engine/gradient.ts";
import { add, mul, sum } from "../../../engine/ops.ts";
import { createRandom } from "../../../engine/random.ts";
import { outputOf, Session, type Value } from "../../../engine/session.ts";
import { elementCount, input, type Tensor } from "../../../engine/tensor.ts";
import type { Gradients } from "./gathering.ts";
import { networkShapes, Pass } from "./network.ts";

/**
 * Compares the streams and the hand-written derivative with central differences, in 64-bit floats.
 * Does not prove that training gets anywhere.
 */
const directions = [
  { along: [2, 0.5, 0], curved: true },
  { along: [0, 1.5, -1], curved: true },
  { along: [0, 0, 2], curved: false },
];
const rows = 3;
/** Whether the derivatives have coefficients that differ from point to point. */
const kinds = [
  { layers: 1, byPoint: true },
  { layers: 2, byPoint: false },
  { layers: 2, byPoint: true },
  { layers: 4, byPoint: true },
];

function setUp(layers: number, byPoint: boolean) {
  const shape = { inputs: 3, layers, width: 5 };
  const shapes = networkShapes("u", shape);
  const random = createRandom(3);
  const draw = (size: readonly number[]): Value => ({
    data: Float64Array.from({ length: elementCount(size) }, () => 1.5 * random.uniform() - 0.75),
    shape: size,
  });
  const parameters = Object.entries(shapes).map(([name, size]) => input(name, size, "float64"));
  const points = input("points", [rows, 3], "float64");
  const [spread, drift] = [
    input("spread", [rows, 1], "float64"),
    input("drift", [rows, 3], "float64"),
  ];
  const pass = new Pass(
    "u",
    shape,
    Object.fromEntries(parameters.map((tensor) => [tensor.name, tensor])),
    points,
    { directions, ...(byPoint ? { spread, drift } : {}) },
  );
  const coefficients = byPoint ? [spread, drift] : [];
  const inputs = [...parameters, points, ...coefficients];
  const feeds = Object.fromEntries(
    inputs.map(({ name, shape: size }) => [name, draw(size as number[])]),
  );
  return { pass, inputs, names: Object.keys(shapes), coefficients, feeds, draw };
}

function moved(feeds: Record<string, Value>, name: string, index: number, by: number) {
  const { data, shape } = feeds[name] as Value;
  const changed = Float64Array.from(data as Float64Array);
  changed[index]! += by;
  return { ...feeds, [name]: { data: changed, shape } };
}

describe.each(kinds)("a network of $layers layers, coefficients by point: $byPoint", (kind) => {
  const { pass, inputs, names, coefficients, feeds, draw } = setUp(kind.layers, kind.byPoint);
  const { value, tangents, second } = pass.output;
  const streams = [value, ...tangents, second as Tensor];

  it("gives the derivatives that finite differences give", async () => {
    const outputs = Object.fromEntries(streams.map((stream, index) => [`stream_${index}`, stream]));
    const session = await Session.open(emit({ name: "test", inputs, outputs }));
    const read = async (from: Record<string, Value>, index: number) =>
      outputOf(await session.run(from), `stream_${index}`).data as Float64Array;
    const centre = await read(feeds, 0);
    const given = (name: string, row: number, size: number) =>
      (feeds[name]?.data as Float64Array | undefined)?.slice(size * row, size * row + size);
    const h = 1e-4;
    for (let row = 0; row < rows; row++) {
      const at = async (along: readonly number[], by: number) => {
        const { data, shape } = feeds["points"] as Value;
        const points = Float64Array.from(data as Float64Array);
        along.forEach((part, axis) => (points[3 * row + axis]! += by * part));
        return (await read({ ...feeds, points: { data: points, shape } }, 0))[row]!;
      };
      const slope = async (along: readonly number[]) =>
        ((await at(along, h)) - (await at(along, -h))) / (2 * h);
      const spread = given("spread", row, 1)?.[0] ?? 1;
      let second = await slope([...(given("drift", row, 3) ?? [0, 0, 0])]);
      for (const [index, { along, curved }] of directions.entries()) {
        const wide = along.map((part) => spread * part);
        expect((await read(feeds, 1 + index))[row]).toBeCloseTo(await slope(wide), 6);
        const bend = (await at(wide, h)) + (await at(wide, -h)) - 2 * centre[row]!;
        if (curved) second += bend / h ** 2 / 2;
      }
      expect((await read(feeds, streams.length - 1))[row]).toBeCloseTo(second, 5);
    }
    await session.close();
  });

  it("has the gradients that finite differences give, by parameters and coefficients, for every stream", async () => {
    const weightInputs = streams.map((_, index) => input(`weights_${index}`, [rows, 1], "float64"));
    const withWeights = { ...feeds };
    for (const { name } of weightInputs) withWeights[name] = draw([rows, 1]);
    const weighted = streams
      .map((stream, index) => sum(mul(mul(stream, stream), weightInputs[index] as Tensor)))
      .reduce((a, b) => add(a, b));
    const [gv, gx, gy, gt, gl] = gradients(weighted, streams);
    const gathered: Gradients = new Map();
    const byPoint = pass.backward({ value: gv, tangents: [gx, gy, gt], second: gl }, gathered);
    expect([...gathered.keys()].sort()).toEqual([...names].sort());
    for (const { name } of coefficients) {
      gathered.set(name, byPoint[name as keyof typeof byPoint] as Tensor);
    }
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
    for (const name of gathered.keys()) {
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
