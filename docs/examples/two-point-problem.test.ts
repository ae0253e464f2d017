import { describe, expect, it } from "vitest";
import { outputOf, Session } from "../../training-image/engine/session.ts";
import { solve } from "./two-point-problem.ts";

describe("the example of the engine's page", () => {
  it("solves its equation, and writes a model that takes any number of points", async () => {
    const { model, loss } = await solve(2000);
    expect(loss).toHaveLength(2000);
    expect(loss.at(-1)).toBeLessThan(1e-2);
    const session = await Session.open(model);
    for (const points of [[0, 0.25, 0.5, 1], [0.7]]) {
      const data = Float32Array.from(points);
      const results = await session.run({ x: { data, shape: [points.length, 1] } });
      const [u, slope] = [outputOf(results, "u"), outputOf(results, "slope")];
      expect(u.shape).toEqual([points.length, 1]);
      points.forEach((x, row) => {
        expect(u.data[row]).toBeCloseTo(Math.sin(Math.PI * x), 2);
        expect(slope.data[row]).toBeCloseTo(Math.PI * Math.cos(Math.PI * x), 1);
      });
    }
    await session.close();
  });
});
