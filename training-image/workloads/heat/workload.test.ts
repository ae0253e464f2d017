import { describe, expect, it } from "vitest";
import { ModelContract } from "../../../contracts/model-contract.ts";
import { outputOf, Session } from "../../engine/session.ts";
import { testContext } from "../../testing/training-context.ts";
import { BadInputError } from "../errors.ts";
import { heat } from "./declaration.ts";
import { evaluateHeat, type HeatTruth } from "./evaluate.ts";
import { readObservations, writeObservations } from "./problem/csv.ts";
import { fieldPictures } from "./pictures.ts";
import { observe, type Observations } from "./problem/observations.ts";
import { heatProblem, initialDiffusivity } from "./problem/problem.ts";
import { solveReference } from "./problem/reference.ts";
import { withGraphs } from "./served-model.ts";
import { heatWorkload } from "./workload.ts";

/**
 * Small networks and a coarse reference. Does not prove how exact a training of full size becomes: that takes minutes
 * and is measured by `npm run bench:training`.
 */
const problem = heatProblem();
const reference = solveReference(problem, 40);
const bytes = writeObservations(observe(problem, reference));
const small = { layers: 2, width: 16, batch: 64, steps: 120, learning_rate: 0.01 };
const observations = readObservations(bytes);
const truth: HeatTruth = { observations, problem, reference };

/** Instead of Gauss-Newton: what every method starts from. */
const untouched: Parameters<typeof evaluateHeat>[2] = () => ({
  logarithms: new Float64Array(),
  misfit: 1,
  penalty: 1,
  iterations: 0,
  reached: false,
  model: {
    u: (points) => new Float64Array(points.length / 3),
    a: (places) => new Float64Array(places.length / 2).fill(initialDiffusivity),
  },
});

async function train(changes: Readonly<Record<string, number | string>> = {}) {
  const context = testContext(heat, { ...small, ...changes });
  return { context, trained: await heatWorkload.train(observations, context) };
}

describe("workload heat", () => {
  it("G-02 logs the noise of the readings as a parameter: by a metric a sweep might choose trials", () => {
    expect(testContext(heat).parameters["noise"]).toBe(0.01);
    expect(Object.keys(heat.metrics)).not.toContain("noise");
  });

  it("reads what it generates, and counts the readings", () => {
    const { rows, warnings } = heatWorkload.read(bytes, testContext(heat).parameters);
    expect([rows, warnings]).toEqual([2000, []]);
  });

  it("comes closer to readings and equation as it trains, and meets hard conditions exactly", async () => {
    const { trained, context } = await train({ steps: 620 });
    const metrics = await evaluateHeat(trained, truth, untouched);
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(heat.metrics).sort());
    expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    const beginning = await train({ steps: 1 });
    const before = await evaluateHeat(beginning.trained, truth, untouched);
    expect(metrics.pde_loss).toBeLessThan(before.pde_loss / 5);
    expect(metrics.val_residual).toBeLessThan(before.val_residual / 2);
    expect(metrics.a_error).toBeLessThan(before.a_error / 2);
    // G-02: zero by construction.
    expect(metrics.bc_loss).toBe(0);
    expect(metrics.ic_loss).toBeLessThan(1e-13);
    expect(metrics.a_error_classical).toBeCloseTo(0.699, 4);
    const steps = context.told.map(([first, { loss }]) => [first, loss!.length]);
    expect(steps).toHaveLength(13);
    expect(steps.at(-1)).toEqual([601, 20]);
  });

  it("G-03 tells every part of a soft loss by step", async () => {
    const { trained, context } = await train({ conditions: "soft", weight_smoothness: 1e-4 });
    for (const [, traces] of context.told) {
      expect(Object.keys(traces).sort()).toEqual(
        ["bc", "data", "ic", "loss", "pde", "smoothness"].sort(),
      );
    }
    const metrics = await evaluateHeat(trained, truth, untouched);
    expect(metrics.bc_loss).toBeGreaterThan(1e-6);
  });

  it.each([1, 2])(
    "T-08 goes on from a checkpoint to the same bytes as an uninterrupted run, in %i threads",
    async (threads) => {
      const whole = await train({ threads });
      const context = testContext(heat, { ...small, threads });
      const stop = new AbortController();
      const interrupted = {
        ...context,
        signal: stop.signal,
        progress: (first: number) => void (first > 50 && stop.abort()),
      };
      await expect(heatWorkload.train(observations, interrupted)).rejects.toThrow();
      expect((await context.checkpoints.last())?.step).toBe(100);
      const resumed = await heatWorkload.train(observations, context);
      expect(resumed.model).toEqual(whole.trained.model);
      expect(resumed.graphs).toEqual(whole.trained.graphs);
    },
  );

  it("refuses a batch that its threads cannot divide, and names one that they can", async () => {
    const asked = train({ threads: 3 });
    await expect(asked).rejects.toThrow(
      "64 points and 16 readings does not divide among 3 threads; 72 points would",
    );
    await expect(asked).rejects.toBeInstanceOf(BadInputError);
  });

  it("trains something else under another seed", async () => {
    const [one, other] = await Promise.all([train({ steps: 5 }), train({ steps: 5, seed: 2 })]);
    expect(one.trained.model).not.toEqual(other.trained.model);
  });

  it("gives a model that keeps its contract, with its graphs", async () => {
    const { trained } = await train({ steps: 5 });
    const contract = ModelContract.parse(trained.contract);
    expect(contract.features).toEqual([
      { name: "x", range: [0, 1] },
      { name: "y", range: [0, 1] },
      { name: "t", range: [0, 1] },
    ]);
    expect(contract.routes).toEqual(["predict-temperature"]);
    expect(Object.keys(trained.graphs ?? {}).sort()).toEqual(["boundary", "initial", "residual"]);
    const session = await Session.open(trained.model);
    const data = Float32Array.from([0.5, 0.5, 0, 0.25, 0.5, 0.5]);
    const results = await session.run({ features: { data, shape: [2, 3] } });
    await session.close();
    for (const { name } of contract.outputs) expect(outputOf(results, name).shape).toEqual([2]);
    expect(outputOf(results, "u").data[0]).toBeCloseTo(1, 6);
    expect(trained.baseline?.features.map(({ name }) => name)).toEqual(["x", "y", "t"]);
  });

  it("G-04 keeps training curves, and maps of diffusivity, temperature and residual", async () => {
    const { trained, context } = await train({ steps: 5 });
    const pictures = await withGraphs(trained, (model, residual) =>
      fieldPictures(model, residual, truth),
    );
    const all = new Map([...context.artifacts, ...Object.entries(pictures)]);
    expect([...all.keys()].sort()).toEqual(
      ["diffusivity", "residual-map", "temperature", "training-curves"].map(
        (name) => `plots/${name}.png`,
      ),
    );
    const signature = [0x89, 0x50, 0x4e, 0x47];
    for (const png of all.values()) expect([...png.slice(0, 4)]).toEqual(signature);
  });

  it("knows no error of the diffusivity where the readings are of real sensors", async () => {
    const real: Observations = {
      training: { points: observations.training.points, u: observations.training.u },
      validation: { points: observations.validation.points, u: observations.validation.u },
    };
    const { trained } = await train({ steps: 5 });
    const metrics = await evaluateHeat(trained, { ...truth, observations: real }, untouched);
    expect([metrics.a_error, metrics.u_error, metrics.a_error_classical]).toEqual([NaN, NaN, NaN]);
    expect(metrics.val_residual).toBeGreaterThan(0);
  });
});
