import { describe, expect, it } from "vitest";
import { Climb, outOfReach } from "./median-rule.ts";

const rule = { metric: "loss", minTrials: 3, afterSteps: 100 };

describe("the median rule", () => {
  it.each([
    ["above the median", 2.5, [1, 2, 3], 2],
    ["at the median", 2, [1, 2, 3], undefined],
    ["below it", 1.5, [1, 2, 3], undefined],
    ["above the middle of four", 2.6, [4, 1, 3, 2], 2.5],
    ["far above two, where three are asked for", 99, [1, 2], undefined],
    ["that never logged a number", Infinity, [1, 2, 3], 2],
  ])("a trial %s", (_, own, others, median) => {
    expect(outOfReach(rule, own, others)).toBe(median);
  });
});

describe("where a trial stands", () => {
  const values = (from: number, to: number, of: (step: number) => number) => ({
    loss: Float32Array.from({ length: to - from + 1 }, (_, index) => of(from + index)),
    other: Float32Array.of(0),
  });

  it("is told at the first step that the rule names and at each step twice as far, once", () => {
    const climb = new Climb(rule);
    const falling = (step: number) => 1000 - step;
    expect([...climb.take(1, values(1, 99, falling))]).toEqual([]);
    expect([...climb.take(100, values(100, 150, falling))]).toEqual([[100, 900]]);
    expect([...climb.take(151, values(151, 500, falling))]).toEqual([
      [200, 800],
      [400, 600],
    ]);
    expect([...climb.take(501, values(501, 799, falling))]).toEqual([]);
  });

  it("is its lowest value so far: one bad step does not stop it, and NaN says nothing", () => {
    const climb = new Climb(rule);
    const told = climb.take(
      1,
      values(1, 100, (step) => (step === 50 ? 1 : step === 100 ? 9 : NaN)),
    );
    expect([...told]).toEqual([[100, 1]]);
  });

  it("goes on from what an earlier attempt reached", () => {
    const climb = new Climb(rule);
    climb.resume(
      new Map([
        [100, 5],
        [200, 3],
      ]),
    );
    expect([
      ...climb.take(
        101,
        values(101, 400, () => 4),
      ),
    ]).toEqual([[400, 3]]);
  });

  it("is not told for a metric that the workload does not log", () => {
    const climb = new Climb({ ...rule, metric: "accuracy" });
    expect([
      ...climb.take(
        1,
        values(1, 200, () => 1),
      ),
    ]).toEqual([]);
  });
});
