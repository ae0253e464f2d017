import { expect, test } from "vitest";
import type { WorkloadDeclaration } from "../contracts/workload.ts";
import { ConfigError, parseConfig, type Problem } from "./config.ts";
import type { EnvironmentConfig } from "./schema.ts";

// Mistakes in trainings, each by its exact path. What becomes of a training that is sound: trainings.test.ts.

const toy: WorkloadDeclaration = {
  name: "toy",
  description: "A toy",
  dataSet: "toy",
  task: "regression",
  memory: "768Mi",
  example: [1],
  metrics: {
    error: { direction: "minimize", description: "error" },
    accuracy: { direction: "maximize", description: "accuracy" },
  },
  parameters: {
    width: { type: "integer", default: 32, min: 1, max: 128, description: "width" },
    rate: { type: "number", default: 0.01, min: 1e-5, max: 1, description: "rate" },
    kind: { type: "choice", default: "a", choices: ["a", "b"], description: "kind" },
    label: { type: "text", default: "y", description: "label" },
  },
};

const config = (training: object, more: Record<string, unknown> = {}) => ({
  "isotherm:role": "environment",
  "isotherm:target": { kind: "cluster" },
  "isotherm:images": { training: "r/training-cuda:1" },
  "isotherm:training": { fit: training },
  ...more,
});

function read(training: object, more?: Record<string, unknown>) {
  const parsed = parseConfig(config(training, more), [toy]) as EnvironmentConfig;
  const fit = parsed.training["fit"];
  if (fit === undefined) throw new Error("the training got lost");
  return fit;
}

function problemsOf(training: object, more?: Record<string, unknown>): readonly Problem[] {
  try {
    read(training, more);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const at = (path: string) => `isotherm:training.fit.${path}`;
const sweep = {
  method: "random",
  trials: 8,
  metric: "accuracy",
  parameters: {
    rate: { logUniform: [1e-4, 1e-2] },
    width: { choice: [32, 64] },
    kind: { choice: ["a", "b"] },
  },
};
const image = `registry.example/scores@sha256:${"0".repeat(64)}`;
const foreign = { image, metrics: { auc: "maximize" }, dataSet: "clicks@2026-01" };

test("what a training leaves out has the default that the documentation names", () => {
  expect(read({ workload: "toy" })).toEqual({
    workload: "toy",
    params: { width: 32, rate: 0.01, kind: "a", label: "y" },
    onUp: "await",
    retries: 3,
    resources: {},
  });
  expect(read({ workload: "toy", gpu: {} }).gpu).toEqual({ pool: "any", count: 1 });
  expect(read({ workload: "toy", gpu: { pool: "any", count: 0 } }).gpu?.count).toBe(0);
  expect(read({ workload: "toy", deadline: "12h" }).deadline).toBe(43_200);
  expect(read({ workload: "toy", sweep })).toMatchObject({
    sweep: { ...sweep, parallelism: 2, seed: 42 },
  });
});

test.each<[string, object, string, RegExp]>([
  ["K-03 a schedule without a zone", { schedule: "0 2 * * *" }, "timeZone", /Europe\/Helsinki/],
  ["a zone without a schedule", { timeZone: "Etc/UTC" }, "timeZone", /without `schedule`/],
  [
    "a zone that is nowhere",
    { schedule: "0 2 * * *", timeZone: "Europe/Turku" },
    "timeZone",
    /no IANA/,
  ],
  ["an hour after the last", { schedule: "0 24 * * *", timeZone: "UTC" }, "schedule", /^hour "24"/],
  ["a data set without version", { dataSet: "wine" }, "dataSet", /<name>@<version>/],
  ["G-07 two GPUs a run", { gpu: { count: 2 } }, "gpu.count", /not built yet; use 1/],
  ["a pool nobody declared", { gpu: { pool: "rtx" } }, "gpu.pool", /no pool "rtx"; there is any/],
  [
    "a limit below the request",
    { resources: { memory: "2Gi", memoryLimit: "512Mi" } },
    "resources.memoryLimit",
    /less than the 2Gi/,
  ],
  [
    "a limit below what the workload needs",
    { resources: { memoryLimit: "700Mi" } },
    "resources.memoryLimit",
    /less than the 768Mi/,
  ],
  [
    "K-02 a limit below what a GPU's training requests by default",
    { gpu: {}, resources: { cpuLimit: "2" } },
    "resources.cpuLimit",
    /less than the 4 of cpu/,
  ],
  ["an amount of nothing", { resources: { cpu: "many" } }, "resources.cpu", /quantity/],
  ["a volume of two kinds", { volume: { size: "1Gi", claim: "x" } }, "volume.size", /own size/],
  ["a deadline without a unit", { deadline: "3600" }, "deadline", /3600s, 90m, 12h or 7d/],
  ["retries without end", { retries: 99 }, "retries", /10/],
  ["an unknown key", { retry: 3 }, "retry", /unknown key/],
])("%s is a mistake", (_, change, path, message) => {
  expect(problemsOf({ workload: "toy", ...change })).toEqual([
    { path: at(path), message: expect.stringMatching(message) as string },
  ]);
});

test("K-10 U-09 a sweep can rank only by a metric that its workload logs", () => {
  expect(problemsOf({ workload: "toy", sweep: { ...sweep, metric: "auc" } })).toEqual([
    {
      path: at("sweep.metric"),
      message: 'workload toy logs no metric "auc"; it logs error, accuracy',
    },
  ]);
});

test.each<[string, object, string, RegExp]>([
  ["a parameter nobody declared", { alpha: { uniform: [0, 1] } }, "alpha", /it has width, rate/],
  ["a range beyond the declared one", { rate: { uniform: [0.1, 2] } }, "rate.uniform[1]", /<=1/],
  ["a choice beyond it", { width: { choice: [64, 256] } }, "width.choice[1]", /<=128/],
  ["half a width", { width: { choice: [1.5] } }, "width.choice[0]", /int/],
  ["a real range of whole numbers", { width: { uniform: [1, 8] } }, "width.uniform", /`integer`/],
  ["a range of words", { kind: { integer: [1, 2] } }, "kind.integer", /a, b: use `choice`/],
  ["a range of texts", { label: { uniform: [0, 1] } }, "label.uniform", /a text: use `choice`/],
  ["a number for a text", { label: { choice: ["y", 3] } }, "label.choice[1]", /string/],
  ["a word that is no choice", { kind: { choice: ["a", "c"] } }, "kind.choice[1]", /"a"\|"b"/],
  ["a range upside down", { rate: { uniform: [0.5, 0.1] } }, "rate.uniform", /low below high/],
  ["the logarithm of 0", { rate: { logUniform: [0, 0.1] } }, "rate.logUniform[0]", />0/],
  ["a range of another kind", { rate: { normal: [0, 1] } }, "rate", /one of \{ choice/],
  ["no parameter", {}, "", /at least one/],
])("K-10 %s is a mistake in a sweep", (_, parameters, path, message) => {
  const problems = problemsOf({ workload: "toy", sweep: { ...sweep, parameters } });
  const place = path === "" ? "sweep.parameters" : `sweep.parameters.${path}`;
  expect(problems[0]?.path).toBe(at(place));
  expect(problems[0]?.message).toMatch(message);
});

test.each<[string, object, string, RegExp]>([
  ["random draws without a number", { trials: undefined }, "trials", /how many/],
  ["a grid over a continuous range", { method: "grid" }, "parameters.rate", /no steps/],
  [
    "a grid of another size",
    { method: "grid", parameters: { width: { integer: [1, 3] } } },
    "trials",
    /3 combinations/,
  ],
  [
    "a grid without end",
    {
      method: "grid",
      trials: undefined,
      parameters: {
        width: { integer: [1, 128] },
        rate: { choice: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8] },
      },
    },
    "parameters",
    /1024 combinations, at most 1000/,
  ],
  ["a method nobody wrote", { method: "annealing" }, "method", /grid/],
  ["no pods at once", { parallelism: 0 }, "parallelism", /1/],
])("K-10 %s is a mistake", (_, change, path, message) => {
  expect(problemsOf({ workload: "toy", sweep: { ...sweep, ...change } })).toEqual([
    { path: at(`sweep.${path}`), message: expect.stringMatching(message) as string },
  ]);
});

test("K-10 a parameter that is drawn has no value beside", () => {
  expect(problemsOf({ workload: "toy", params: { width: 32 }, sweep })).toEqual([
    { path: at("params.width"), message: expect.stringContaining("the sweep draws") as string },
  ]);
});

test("X-01 any image may train, on a version of a data set, with metrics that it promises", () => {
  expect(read({ ...foreign, command: ["python", "train.py"], params: { deep: true } })).toEqual({
    ...foreign,
    command: ["python", "train.py"],
    params: { deep: true },
    onUp: "await",
    retries: 3,
    resources: {},
  });
});

test.each<[string, object, string, RegExp]>([
  ["a workload beside", { workload: "toy" }, "workload", /not both/],
  ["a sweep", { sweep }, "sweep", /needs a `workload`/],
  ["no data set", { dataSet: undefined }, "dataSet", /missing/],
  [
    "U-07 a schedule beside the Job of an `up`, of which neither could wait for the other",
    { schedule: "0 2 * * *", timeZone: "Etc/UTC", onUp: "start" },
    "onUp",
    /`never` beside `schedule`/,
  ],
  [
    "the same by default",
    { schedule: "0 2 * * *", timeZone: "Etc/UTC" },
    "onUp",
    /`never` beside `schedule`/,
  ],
  ["no metrics", { metrics: {} }, "metrics", /at least one/],
  ["a direction that is none", { metrics: { auc: "up" } }, "metrics.auc", /minimize/],
  ["the tag latest", { image: "scores:latest" }, "image", /not latest/],
])("X-01 a trainer of one's own with %s is a mistake", (_, change, path, message) => {
  expect(problemsOf({ ...foreign, ...change })).toEqual([
    { path: at(path), message: expect.stringMatching(message) as string },
  ]);
});

test("U-07 a schedule may stand beside the Job of an `up` where a workload trains, or alone", () => {
  const schedule = { schedule: "0 2 * * *", timeZone: "Etc/UTC" };
  expect(problemsOf({ workload: "toy", ...schedule })).toEqual([]);
  expect(problemsOf({ ...foreign, ...schedule, onUp: "never" })).toEqual([]);
});

test("U-09 X-01 a gate can judge only what a trainer of one's own promises", () => {
  const models = {
    "isotherm:models": { fit: { blue: { follow: "fit" }, gates: [{ metric: "acc", above: 0 }] } },
  };
  expect(problemsOf(foreign, models)).toEqual([
    {
      path: "isotherm:models.fit.gates[0].metric",
      message: 'the trainer logs no metric "acc"; it logs auc',
    },
  ]);
});

test("a training that names neither is told of both", () => {
  expect(problemsOf({ onUp: "start" })).toEqual([
    { path: at("workload"), message: "is missing: either `workload` or `image` trains" },
  ]);
});

const pools = (pool: object) => ({ "isotherm:gpuPools": { rtx: pool } });

test("G-17 MIG on a card that has none is a mistake, and says how such a card is shared", () => {
  expect(
    problemsOf({ workload: "toy" }, pools({ card: "quadro-rtx-8000", mig: "1g.5gb" })),
  ).toEqual([
    {
      path: "isotherm:gpuPools.rtx.mig",
      message:
        "Quadro RTX 8000 (Turing) has no MIG: leave `mig` out; time-slicing is how such a card is shared",
    },
  ]);
});

test.each<[string, object, string, RegExp]>([
  ["a profile of another card", { card: "a30", mig: "1g.5gb" }, "mig", /it has 1g.6gb/],
  ["a profile of no card", { mig: "1g.5gb" }, "mig", /needs `card`/],
  ["a card nobody knows", { card: "rtx-9999" }, "card", /quadro-rtx-8000/],
])("%s is a mistake", (_, pool, path, message) => {
  expect(problemsOf({ workload: "toy" }, pools(pool))).toEqual([
    { path: `isotherm:gpuPools.rtx.${path}`, message: expect.stringMatching(message) as string },
  ]);
});

test("a pool cannot be called any, which means every pool", () => {
  const any = { "isotherm:gpuPools": { any: { card: "t4" } } };
  expect(problemsOf({ workload: "toy" }, any).map(({ path }) => path)).toEqual([
    "isotherm:gpuPools.any",
  ]);
});

test("K-13 a workload on a GPU needs an image with CUDA, which only the user can bring", () => {
  const images = { "isotherm:images": {} };
  expect(problemsOf({ workload: "toy", gpu: {} }, images)).toEqual([
    {
      path: "isotherm:images.training",
      message: "is missing: training fit asks for a GPU, and needs a training image with CUDA",
    },
  ]);
  expect(problemsOf({ workload: "toy", gpu: { count: 0 } }, images)).toEqual([]);
  expect(problemsOf({ ...foreign, gpu: {} }, images)).toEqual([]);
});

test("a training may run in a declared pool", () => {
  const declared = pools({ card: "a100-80gb", mig: "1g.10gb" });
  expect(problemsOf({ workload: "toy", gpu: { pool: "rtx" } }, declared)).toEqual([]);
});
