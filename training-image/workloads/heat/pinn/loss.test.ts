import { describe, expect, it } from "vitest";
import { emit } from "../../../engine/emit.ts";
import { objective } from "../../../engine/objective.ts";
import { createRandom } from "../../../engine/random.ts";
import { outputOf, Session, type Value } from "../../../engine/session.ts";
import { input } from "../../../engine/tensor.ts";
import { heatProblem } from "../problem/problem.ts";
import { conditionKinds } from "./conditions.ts";
import { type PinnDesign, pinnLayout } from "./design.ts";
import { pinnLoss } from "./loss.ts";
import { makePools } from "./pools.ts";

/** Compares the gradient of the whole loss with central differences, in 64-bit floats. */
const readings = {
  points: Float64Array.from([0.2, 0.3, 0.4, 0.6, 0.7, 0.9, 0.5, 0.1, 0.2]),
  u: Float64Array.from([0.4, 0.6, 0.2]),
};

function wide({ data, shape }: Value): Value {
  return { data: Float64Array.from(data as Float32Array), shape };
}

describe.each(conditionKinds)("the loss with %s conditions", (conditions) => {
  const design: PinnDesign = {
    layers: 2,
    width: 4,
    conditions,
    weights: { pde: 1, bc: 30, ic: 20, data: 10, smoothness: 0.5 },
  };
  const { source } = heatProblem();
  const sizes = { interior: 6, boundary: 8, initial: 4 };
  const pools = makePools(conditions, source, readings, sizes);
  const interior = input("interior", pools.interior.shape, "float64");
  const known = input("known", pools.known.shape, "float64");
  const layout = pinnLayout(design);
  const vector = input("vector", [layout.size], "float64");
  const { gradient, traces } = objective(layout, vector, (parameters) =>
    pinnLoss(design, parameters, { interior, known, sections: pools.sections }),
  );
  const random = createRandom(5);
  const point = Float64Array.from({ length: layout.size }, () => random.uniform() - 0.5);

  it("has the gradient that finite differences give", async () => {
    const inputs = [vector, interior, known];
    const session = await Session.open(
      emit({ name: "test", inputs, outputs: { gradient, loss: traces["loss"]! } }),
    );
    const run = (data: Float64Array) =>
      session.run({
        interior: wide(pools.interior),
        known: wide(pools.known),
        vector: { data, shape: [layout.size] },
      });
    const derived = outputOf(await run(point), "gradient").data as Float64Array;
    const lossAt = async (index: number, by: number) => {
      const moved = point.slice();
      moved[index]! += by;
      return Number(outputOf(await run(moved), "loss").data[0]);
    };
    // The first parameters are the temperature's, all of them; of the diffusivity's, every tenth will do.
    for (let index = 0; index < layout.size; index += index < 41 ? 1 : 10) {
      const h = 1e-5;
      const slope = ((await lossAt(index, h)) - (await lossAt(index, -h))) / (2 * h);
      expect(Math.abs(derived[index]! - slope)).toBeLessThan(1e-5 * (1 + Math.abs(slope)));
    }
    await session.close();
  });

  it("G-03 is the weighted sum of the parts that it tells", async () => {
    const { loss, ...parts } = traces;
    const session = await Session.open(
      emit({ name: "test", inputs: [vector, interior, known], outputs: { loss: loss!, ...parts } }),
    );
    const results = await session.run({
      interior: wide(pools.interior),
      known: wide(pools.known),
      vector: { data: point, shape: [layout.size] },
    });
    const number = (name: string) => Number(outputOf(results, name).data[0]);
    const wanted = conditions === "soft" ? ["pde", "data", "bc", "ic"] : ["pde", "data"];
    expect(Object.keys(parts).sort()).toEqual([...wanted, "smoothness"].sort());
    const sum = Object.keys(parts).reduce(
      (total, part) => total + design.weights[part as keyof typeof design.weights] * number(part),
      0,
    );
    expect(number("loss")).toBeCloseTo(sum, 10);
    await session.close();
  });
});
