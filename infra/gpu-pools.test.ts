import { expect, test } from "vitest";
import { ConfigError, parseConfig, type Problem } from "./config.ts";
import { gpuRequest } from "./gpu-pools.ts";
import type { EnvironmentConfig } from "./schema.ts";

// GPUs of models' servers in a stack file. Those of trainings: training-config.test.ts and trainings.test.ts.

const read = (wine: object, more: Record<string, unknown> = {}) =>
  parseConfig({
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    "isotherm:images": { serving: "r/serving-cuda:1" },
    "isotherm:gpuPools": { inference: { card: "a30", mig: "1g.6gb" } },
    "isotherm:models": {
      wine: {
        blue: { release: "2f9c0b71d4aa" },
        gates: [{ metric: "accuracy", atLeast: 0.85 }],
        ...wine,
      },
    },
    ...more,
  }) as EnvironmentConfig;

function problemsOf(wine: object, more?: Record<string, unknown>): readonly Problem[] {
  try {
    read(wine, more);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test("a pool's nodes have its name as a label, unless the stack file names other labels", () => {
  const own = { nodeSelector: { gpu: "a30" } };
  expect(gpuRequest({ pool: "a", count: 1 }, { a: {} })).toEqual({
    nodeSelector: { "isotherm.dev/pool": "a" },
    mig: undefined,
  });
  expect(gpuRequest({ pool: "a", count: 1 }, { a: own })).toMatchObject(own);
  expect(gpuRequest({ pool: "any", count: 1 }, {})).toMatchObject({ nodeSelector: {} });
  expect(gpuRequest({ pool: "a", count: 0 }, { a: own })).toBeUndefined();
});

test("a model's servers have a GPU where the stack file says so, and resources that fit", () => {
  const { models } = read({ gpu: { pool: "inference" } });
  expect(models["wine"]).toMatchObject({ gpu: { pool: "inference", count: 1 }, resources: {} });
  expect(read({}).models["wine"]?.gpu).toBeUndefined();
});

test("G-07 two GPUs a server, and a pool nobody declared, are mistakes", () => {
  expect(problemsOf({ gpu: { pool: "rtx", count: 2 } }).map(({ path }) => path)).toEqual([
    "isotherm:models.wine.gpu.count",
    "isotherm:models.wine.gpu.pool",
  ]);
});

test("K-13 servers on a GPU need an image with CUDA, which only the user can bring", () => {
  const images = { "isotherm:images": {} };
  expect(problemsOf({ gpu: {} }, images)).toEqual([
    {
      path: "isotherm:images.serving",
      message: "is missing: model wine asks for a GPU, and needs a serving image with CUDA",
    },
  ]);
  expect(problemsOf({ gpu: { count: 0 } }, images)).toEqual([]);
});
