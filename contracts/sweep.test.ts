import { expect, test } from "vitest";
import { gridSize, gridValues, SweepStudy, type SweepSpace } from "./sweep.ts";

const study: SweepStudy = {
  schema: "isotherm.dev/sweep/v1",
  name: "wine",
  method: "tpe",
  trials: 12,
  seed: 42,
  metric: "accuracy",
  direction: "maximize",
  parameters: {
    learning_rate: { logUniform: [1e-4, 1e-2] },
    hidden: { choice: [32, 64] },
    alpha: { uniform: [0, 1] },
    layers: { integer: [1, 8] },
  },
  earlyStopping: { metric: "loss", minTrials: 5, afterSteps: 100 },
};

const pathsOf = (change: object) =>
  SweepStudy.safeParse({ ...study, ...change }).error?.issues.map(({ path }) => path.join(".")) ??
  [];

test("K-10 a study over choices, uniform, log-uniform and whole-number ranges is sound", () => {
  expect(SweepStudy.parse(study)).toEqual(study);
  expect(SweepStudy.parse(JSON.parse(JSON.stringify(study)))).toEqual(study);
});

test.each([
  ["no trials", { trials: 0 }, "trials"],
  ["a method nobody wrote", { method: "annealing" }, "method"],
  ["no parameters", { parameters: {} }, "parameters"],
  ["an empty choice", { parameters: { hidden: { choice: [] } } }, "parameters.hidden.choice"],
  ["two ranges at once", { parameters: { a: { uniform: [0, 1], choice: [1] } } }, "parameters.a"],
  ["a range upside down", { parameters: { a: { uniform: [1, 0] } } }, "parameters.a.uniform"],
  [
    "the logarithm of 0",
    { parameters: { a: { logUniform: [0, 1] } } },
    "parameters.a.logUniform.0",
  ],
  ["half a layer", { parameters: { a: { integer: [1, 2.5] } } }, "parameters.a"],
])("%s is refused", (_, change, path) => {
  expect(pathsOf(change)).toEqual([path]);
});

test("a grid has as many trials as combinations", () => {
  const parameters: SweepSpace = { hidden: { choice: [32, 64] }, layers: { integer: [1, 3] } };
  expect(gridSize(parameters)).toBe(6);
  expect(pathsOf({ method: "grid", trials: 6, parameters })).toEqual([]);
  expect(pathsOf({ method: "grid", trials: 5, parameters })).toEqual(["trials"]);
});

test("a continuous range has no grid", () => {
  const parameters = { alpha: { uniform: [0, 1] } };
  expect(pathsOf({ method: "grid", trials: 3, parameters })).toEqual(["parameters.alpha"]);
  expect(gridValues({ uniform: [0, 1] })).toBeUndefined();
  expect(gridValues({ integer: [2, 4] })).toEqual([2, 3, 4]);
});
