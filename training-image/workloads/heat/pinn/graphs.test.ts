import { describe, expect, it } from "vitest";
import { emit } from "../../../engine/emit.ts";
import { createRandom } from "../../../engine/random.ts";
import { outputOf, Session } from "../../../engine/session.ts";
import { constant } from "../../../engine/tensor.ts";
import { heatProblem } from "../problem/problem.ts";
import { conditionKinds } from "./conditions.ts";
import { initialParameters, type PinnDesign, pinnLayout } from "./design.ts";
import { factors, pinnGraphs } from "./graphs.ts";
import { constructionAt } from "./hard.ts";
import { pinnLoss } from "./loss.ts";
import { makePools } from "./pools.ts";

async function run(model: Uint8Array, rows: readonly (readonly number[])[]) {
  const session = await Session.open(model);
  const data = Float32Array.from(rows.flat());
  const results = await session.run({ features: { data, shape: [rows.length, 3] } });
  await session.close();
  return (name: string) => [...(outputOf(results, name).data as Float32Array)];
}

const places = [
  [0.31, 0.62, 0.2],
  [0.9, 0.45, 0.77],
  [0.07, 0.1, 0.5],
] as const;

describe.each(conditionKinds)("graphs of a network with %s conditions", (conditions) => {
  const weights = { pde: 1, bc: 30, ic: 30, data: 30, smoothness: 0 };
  const design: PinnDesign = { layers: 3, width: 8, conditions, weights };
  const problem = heatProblem();
  const vector = initialParameters(design, createRandom(11));
  const graphs = pinnGraphs(design, problem.sourceModes, vector);

  it("G-14 give the residual that training minimises", async () => {
    const sizes = { interior: 50, boundary: 8, initial: 8 };
    const readings = { points: Float64Array.of(0.5, 0.5, 0.5), u: Float64Array.of(0.3) };
    const pools = makePools(conditions, problem.source, readings, sizes);
    const columns = pools.interior.shape[1] as number;
    const interior = constant(pools.interior.data, pools.interior.shape);
    const known = constant(pools.known.data, pools.known.shape);
    const batch = { interior, known, sections: pools.sections };
    const { traces } = pinnLoss(design, pinnLayout(design).constants(vector), batch);
    const session = await Session.open(
      emit({ name: "test", inputs: [], outputs: { pde: traces!["pde"]! } }),
    );
    const trained = Number(outputOf(await session.run({}), "pde").data[0]);
    await session.close();
    const rows = Array.from({ length: 50 }, (_, row) =>
      [0, 1, 2].map((axis) => (Number(pools.interior.data[row * columns + axis]) + 1) / 2),
    );
    const residual = (await run(graphs.residual, rows))("residual");
    const served = residual.reduce((sum, r) => sum + r * r, 0) / residual.length;
    expect(served / trained).toBeCloseTo(1, 4);
  });

  it("give derivatives of what the model gives", async () => {
    const residual = await run(graphs.residual, places);
    const h = 0.02;
    const [plain, ...moved] = await Promise.all(
      [
        [0, 0, 0],
        [h, 0, 0],
        [-h, 0, 0],
        [0, h, 0],
        [0, -h, 0],
        [0, 0, h],
        [0, 0, -h],
      ].map((by) =>
        run(
          graphs.model,
          places.map((place) => place.map((value, axis) => value + by[axis]!)),
        ),
      ),
    );
    for (const row of places.keys()) {
      const at = (index: number, name: string) => moved[index]!(name)[row]!;
      const slope = (index: number, name = "u") =>
        (at(index, name) - at(index + 1, name)) / (2 * h);
      const bend = (index: number) =>
        (at(index, "u") + at(index + 1, "u") - 2 * plain!("u")[row]!) / h ** 2;
      expect(residual("u")[row]).toBeCloseTo(plain!("u")[row]!, 6);
      expect(residual("a")[row]).toBeCloseTo(plain!("a")[row]!, 6);
      expect(residual("u_x")[row]).toBeCloseTo(slope(0), 2);
      expect(residual("u_y")[row]).toBeCloseTo(slope(2), 2);
      expect(residual("u_t")[row]).toBeCloseTo(slope(4), 1);
      expect(residual("a_x")[row]).toBeCloseTo(slope(0, "a"), 3);
      expect(residual("a_y")[row]).toBeCloseTo(slope(2, "a"), 3);
      expect(Math.abs(residual("u_laplacian")[row]! - bend(0) - bend(2))).toBeLessThan(0.1);
    }
  });

  it("G-14 measure violations at the nearest side and at the start", async () => {
    const boundary = (await run(graphs.boundary, places))("violation");
    const sides = [
      [0, 0.62, 0.2],
      [1, 0.45, 0.77],
      [0, 0.1, 0.5],
    ];
    const atSides = (await run(graphs.model, sides))("u");
    boundary.forEach((value, row) => expect(value).toBeCloseTo(Math.abs(atSides[row]!), 6));
    const initial = (await run(graphs.initial, places))("violation");
    const atStart = (
      await run(
        graphs.model,
        places.map(([x, y]) => [x, y, 0]),
      )
    )("u");
    initial.forEach((value, row) => {
      const [x, y] = places[row]!;
      expect(value).toBeCloseTo(atStart[row]! - problem.initial(x, y), 5);
    });
    const largest = (values: number[]) => Math.max(...values.map(Math.abs));
    if (conditions === "hard") {
      expect(largest(boundary)).toBe(0);
      expect(largest(initial)).toBeLessThan(1e-7);
    } else {
      expect(largest(boundary)).toBeGreaterThan(1e-3);
      expect(largest(initial)).toBeGreaterThan(1e-3);
    }
  });
});

describe("the construction that meets the conditions", () => {
  it("is the same in a graph as in the pools", async () => {
    const column = (axis: number) =>
      constant(
        Float64Array.from(places, (place) => place[axis]!),
        [places.length, 1],
      );
    const names = ["factor", "factor_x", "factor_y", "factor_t", "factor_laplacian"] as const;
    const all = factors(column(0), column(1), column(2));
    const starts = ["start_x", "start_y", "start_laplacian"] as const;
    const outputs = Object.fromEntries([...names, ...starts].map((name) => [name, all[name]!]));
    const session = await Session.open(emit({ name: "test", inputs: [], outputs }));
    const results = await session.run({});
    await session.close();
    for (const [row, [x, y, t]] of places.entries()) {
      const { start, factor } = constructionAt(x, y, t);
      const read = (name: string) => Number(outputOf(results, name).data[row]);
      expect(names.map(read)).toEqual(
        [factor.value, factor.x, factor.y, factor.t, factor.laplacian].map(close),
      );
      expect(starts.map(read)).toEqual([start.x, start.y, start.laplacian].map(close));
    }
  });

  it("has the derivatives that finite differences give", () => {
    const h = 1e-4;
    for (const [x, y, t] of places) {
      const { start, factor } = constructionAt(x, y, t);
      const g = (dx: number, dy: number, dt: number) =>
        constructionAt(x + dx, y + dy, t + dt).factor.value;
      const u = (dx: number, dy: number) => constructionAt(x + dx, y + dy, t).start.value;
      expect(factor.x).toBeCloseTo((g(h, 0, 0) - g(-h, 0, 0)) / (2 * h), 6);
      expect(factor.y).toBeCloseTo((g(0, h, 0) - g(0, -h, 0)) / (2 * h), 6);
      expect(factor.t).toBeCloseTo((g(0, 0, h) - g(0, 0, -h)) / (2 * h), 6);
      const bend = g(h, 0, 0) + g(-h, 0, 0) + g(0, h, 0) + g(0, -h, 0) - 4 * g(0, 0, 0);
      expect(factor.laplacian).toBeCloseTo(bend / h ** 2, 5);
      expect(start.x).toBeCloseTo((u(h, 0) - u(-h, 0)) / (2 * h), 6);
      expect(start.y).toBeCloseTo((u(0, h) - u(0, -h)) / (2 * h), 6);
      const startBend = u(h, 0) + u(-h, 0) + u(0, h) + u(0, -h) - 4 * u(0, 0);
      expect(start.laplacian).toBeCloseTo(startBend / h ** 2, 5);
    }
  });
});

function close(value: number) {
  return expect.closeTo(value, 10) as number;
}
