import { describe, expect, it } from "vitest";
import { initialTemperature } from "./fields.ts";
import { measure, nodePlaces, violations } from "./metrics.ts";
import type { HeatModel, Truth } from "./metrics.ts";
import { observe } from "./observations.ts";
import { heatProblem, initialDiffusivity } from "./problem.ts";
import { solveReference, temperaturesAt } from "./reference.ts";

const problem = heatProblem({ noise: 0.05 });
const reference = solveReference(problem, 50);
const truth: Truth = { problem, reference, observations: observe(problem, reference) };
const each = (points: Float64Array, width: number, value: (at: number) => number) =>
  Float64Array.from({ length: points.length / width }, (_, k) => value(width * k));

/** The truth itself. */
const exact = (): HeatModel => ({
  u: (points) => {
    const known = new Map<string, Float64Array>();
    return each(points, 3, (k) => {
      const [x, y, t] = [points[k]!, points[k + 1]!, points[k + 2]!];
      const place = `${x},${y}`;
      if (!known.has(place)) known.set(place, temperaturesAt(reference, [[x, y]])[0]!);
      return known.get(place)![Math.round(20 * t)]!;
    });
  },
  a: (places) => each(places, 2, (k) => problem.diffusivity(places[k]!, places[k + 1]!)),
});
// Splines at 2,601 nodes are slow one by one: nodes need none.
const onNodes: HeatModel = {
  ...exact(),
  u: (points) =>
    each(points, 3, (k) => {
      const node = Math.round(50 * points[k]!) * 51 + Math.round(50 * points[k + 1]!);
      return reference.temperatures[Math.round(20 * points[k + 2]!)]![node]!;
    }),
};

describe("the heat problem's metrics", () => {
  it("are zero for the truth, but for the noise in the readings that were trained on", async () => {
    const nodes = await measure(onNodes, truth);
    expect([nodes.a_err, nodes.a_err_int]).toEqual([0, 0]);
    expect(nodes.u_err).toBeLessThan(1e-14);
    const sensors = {
      ...onNodes,
      u: (points: Float64Array) => (points.length < 5000 ? exact().u(points) : onNodes.u(points)),
    };
    const { val_residual, data_rms } = await measure(sensors, truth);
    expect(val_residual).toBeLessThan(1e-12);
    expect(data_rms).toBeGreaterThan(0.047);
    expect(data_rms).toBeLessThan(0.053);
  });

  it("are the relative errors of a model that is off by a known share", async () => {
    const off: HeatModel = {
      u: async (points) => ((await onNodes.u(points)) as Float64Array).map((u) => 1.02 * u),
      a: (places) => new Float64Array(places.length / 2).fill(initialDiffusivity),
    };
    const metrics = await measure(off, truth);
    expect(metrics.u_err).toBeCloseTo(0.02, 12);
    // What the benchmark's section 1 states for the initial guess.
    expect(metrics.a_err).toBeCloseTo(0.699, 4);
    expect(metrics.a_err_int).toBeLessThan(metrics.a_err);
  });

  it("hold clean temperatures against noisy readings where only those are known", async () => {
    const { training, validation } = truth.observations;
    const real = { training, validation: { points: validation.points, u: validation.u } };
    const zero: HeatModel = { ...onNodes, u: (points) => new Float64Array(points.length / 3) };
    const [clean, noisy] = [
      await measure(zero, truth),
      await measure(zero, { ...truth, observations: real }),
    ];
    expect(noisy.val_residual).not.toBe(clean.val_residual);
    expect(noisy.val_residual).toBeCloseTo(clean.val_residual, 1);
  });

  it("see how far a model breaks the boundary and initial conditions", async () => {
    const known = (points: Float64Array) =>
      each(points, 3, (k) =>
        points[k + 2] === 0 ? initialTemperature(points[k]!, points[k + 1]!) : 0,
      );
    expect(await violations(known, initialTemperature)).toEqual({ bc_rms: 0, ic_rms: 0 });
    const off = (points: Float64Array) => known(points).map((u) => u + 0.25);
    const { bc_rms, ic_rms } = await violations(off, initialTemperature, 64);
    expect(bc_rms).toBeCloseTo(0.25, 12);
    expect(ic_rms).toBeCloseTo(0.25, 12);
  });

  it("refuse a model that gives another number of values", async () => {
    const short: HeatModel = { ...onNodes, a: () => [0.1] };
    await expect(measure(short, truth)).rejects.toThrow("gave 1 values, wanted 10201");
  });

  it("are measured on nodes, x slower than y, with or without the outer ones", () => {
    expect([...nodePlaces(2)].slice(0, 8)).toEqual([0, 0, 0, 0.5, 0, 1, 0.5, 0]);
    expect([...nodePlaces(4, 1)].slice(0, 6)).toEqual([0.25, 0.25, 0.25, 0.5, 0.25, 0.75]);
    expect(nodePlaces(100, 10)).toHaveLength(2 * 81 * 81);
  });
});
