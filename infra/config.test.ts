import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { ConfigError, parseConfig, type Problem } from "./config.ts";

const environment = {
  "isotherm:role": "environment",
  "isotherm:target": { kind: "cluster" },
  "isotherm:training": { wine: { workload: "wine", params: { steps: 300 } } },
  "isotherm:models": {
    wine: { blue: { follow: "wine" }, gates: [{ metric: "accuracy", atLeast: 0.85 }] },
  },
};

function problemsOf(change: Record<string, unknown>): readonly Problem[] {
  try {
    parseConfig({ ...environment, ...change });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const stacks = join(import.meta.dirname, "../stacks");

test.each(readdirSync(stacks).filter((file) => file.endsWith(".yaml")))("%s is sound", (file) => {
  const { config } = parse(readFileSync(join(stacks, file), "utf8")) as {
    config: Record<string, unknown>;
  };
  expect(parseConfig(config).target.kind).toBe("cluster");
});

test("what is not set has the default that the documentation names", () => {
  expect(parseConfig(environment)).toMatchObject({
    role: "environment",
    registry: { database: { kind: "in-cluster", storage: "1Gi" }, objects: { storage: "2Gi" } },
    training: { wine: { onUp: "await", params: { hidden: 32, steps: 300, seed: 42 } } },
    models: { wine: { blue: { follow: "wine", weight: 100 }, scale: { replicas: 1 } } },
    gateway: { class: "isotherm" },
    images: {},
  });
});

test("a cluster's stack has no models", () => {
  const cluster = {
    "isotherm:role": "cluster",
    "isotherm:target": { kind: "cluster", context: "minikube" },
  };
  expect(parseConfig(cluster)).toMatchObject({
    role: "cluster",
    gateway: { service: "ClusterIP" },
    metrics: { server: "existing", kubeletCertificates: "verify" },
  });
  expect(() => parseConfig({ ...cluster, "isotherm:models": {} })).toThrow(
    "isotherm:models: unknown key",
  );
});

test("every mistake is named with its path, in one error", () => {
  const problems = problemsOf({
    "isotherm:target": { kind: "cluster", contxt: "minikube" },
    "isotherm:training": { wine: { workload: "wine", onUp: "later" } },
    "isotherm:models": {
      wine: { blue: {}, gates: [{ metric: "accuracy" }], scale: { replicas: 0 } },
    },
    "isotherm:modles": {},
    "kubernetes:context": "minikube",
  });
  expect(problems.map(({ path }) => path).sort()).toEqual([
    "isotherm:models.wine.blue.follow",
    "isotherm:models.wine.gates[0]",
    "isotherm:models.wine.scale.replicas",
    "isotherm:modles",
    "isotherm:target.contxt",
    "isotherm:training.wine.onUp",
    "kubernetes:context",
  ]);
});

test("a mistake in one value hides none in the names beside it", () => {
  const problems = problemsOf({
    "isotherm:target": { kind: "aws" },
    "isotherm:training": { wine: { workload: "wine", params: { hidden: 9_999, stps: 3 } } },
    "isotherm:models": {
      wine: {
        blue: { follow: "wine", weight: 50 },
        gates: [{ metric: "acuracy", atLeast: 0.85 }],
        scale: { replicas: "two" },
      },
    },
  });
  expect(problems.map(({ path }) => path).sort()).toEqual([
    "isotherm:models.wine.blue.weight",
    "isotherm:models.wine.gates[0].metric",
    "isotherm:models.wine.scale.replicas",
    "isotherm:target.kind",
    "isotherm:training.wine.params.hidden",
    "isotherm:training.wine.params.stps",
  ]);
});

test("a value of the wrong kind is named once, and hides nothing else", () => {
  const problems = problemsOf({
    "isotherm:training": { wine: { workload: "wine", params: { steps: [200] } }, beer: 3 },
    "isotherm:models": "wine",
  });
  expect(problems.map(({ path }) => path)).toEqual([
    "isotherm:training.wine.params.steps",
    "isotherm:training.beer",
    "isotherm:models",
  ]);
});

test("U-09 a gate on a metric that the workload does not log is a mistake, with what it does log", () => {
  const models = {
    wine: { blue: { follow: "wine" }, gates: [{ metric: "acuracy", atLeast: 0.85 }] },
  };
  expect(problemsOf({ "isotherm:models": models })).toEqual([
    {
      path: "isotherm:models.wine.gates[0].metric",
      message: expect.stringMatching(
        /^workload wine logs no metric "acuracy"; it logs accuracy, f1_macro/,
      ) as string,
    },
  ]);
});

test("G-02 heat is not served without a bound on what it misses at the boundary", () => {
  const heat = (gates: object[]) => ({
    "isotherm:training": { heat: { workload: "heat" } },
    "isotherm:models": { heat: { blue: { follow: "heat" }, gates } },
  });
  const pde = { metric: "pde_loss", below: 1e-3 };
  expect(problemsOf(heat([pde]))).toEqual([
    {
      path: "isotherm:models.heat.gates",
      message: "workload heat needs a gate on bc_loss, which has no bound that is safe by default",
    },
  ]);
  expect(problemsOf(heat([pde, { metric: "bc_loss", below: 1e-3 }]))).toEqual([]);
});

test("a model without a gate is a mistake: no gate would admit anything", () => {
  const models = { wine: { blue: { follow: "wine" }, gates: [] } };
  expect(problemsOf({ "isotherm:models": models })[0]?.message).toContain("at least one gate");
});

test.each([
  ["a parameter nobody declared", { stps: 3 }, "isotherm:training.wine.params.stps"],
  ["a parameter out of range", { steps: 0 }, "isotherm:training.wine.params.steps"],
  ["a parameter of another type", { steps: "many" }, "isotherm:training.wine.params.steps"],
])("%s is a mistake", (_, params, path) => {
  expect(problemsOf({ "isotherm:training": { wine: { workload: "wine", params } } })[0]?.path).toBe(
    path,
  );
});

test("a model can follow only a training that is declared, of its own name", () => {
  const follow = (name: string) => ({
    "isotherm:models": {
      wine: { blue: { follow: name }, gates: [{ metric: "accuracy", atLeast: 0.85 }] },
    },
  });
  expect(problemsOf(follow("beer"))[0]?.message).toBe(
    'no training is called "beer"; there is wine',
  );
  const two = { wine: { workload: "wine" }, beer: { workload: "wine" } };
  expect(problemsOf({ ...follow("beer"), "isotherm:training": two })[0]?.message).toContain(
    'call this model "beer"',
  );
});

/** Mistakes of a wine that has these slots and settings. */
const problemsOfWine = (wine: Record<string, unknown>) =>
  problemsOf({
    "isotherm:models": { wine: { gates: [{ metric: "accuracy", atLeast: 0.85 }], ...wine } },
  });
const slot = (digit: string, weight?: number) => ({ release: digit.repeat(12), weight });

test.each<[string, Record<string, unknown>, string[]]>([
  ["one slot has all", { blue: slot("a") }, []],
  ["90 and 10", { blue: slot("a", 90), green: slot("b", 10) }, []],
  ["100 and a warm slot", { blue: slot("a"), green: slot("b") }, []],
  ["0 and 100", { blue: slot("a", 0), green: slot("b", 100) }, []],
  ["green alone", { green: slot("b", 100) }, []],
  [
    "85 and 10",
    { blue: slot("a", 85), green: slot("b", 10) },
    ["isotherm:models.wine: weights sum to 95, must be 100"],
  ],
  [
    "all zero",
    { blue: slot("a", 0), green: slot("b", 0) },
    ["isotherm:models.wine: weights sum to 0, must be 100"],
  ],
  [
    "a second slot beside one that has all",
    { blue: slot("a"), green: slot("b", 10) },
    ["isotherm:models.wine: weights sum to 110, must be 100"],
  ],
  ["no slot yet", {}, []],
  [
    "a shadow alone",
    { shadow: { release: "c".repeat(12) } },
    [
      "isotherm:models.wine.shadow: copies the requests of a slot: `blue` or `green` is needed beside it",
    ],
  ],
])("N-02 weights, %s: mistakes are those that are there", (_, slots, expected) => {
  expect(problemsOfWine(slots).map(({ path, message }) => `${path}: ${message}`)).toEqual(expected);
});

test("N-02 a weight that is no whole number is a mistake of its own", () => {
  const slots = { blue: slot("a", 99.5), green: slot("b", 0.5) };
  expect(problemsOfWine(slots).map(({ path }) => path)).toEqual([
    "isotherm:models.wine.blue.weight",
    "isotherm:models.wine.green.weight",
  ]);
});

test("what is no slot is named once", () => {
  expect(problemsOfWine({ blue: 3, green: slot("b", 10) }).map(({ path }) => path)).toEqual([
    "isotherm:models.wine.blue",
  ]);
});

test("a slot that follows a training is alone", () => {
  const shadow = { release: "c".repeat(12) };
  const problems = problemsOfWine({ blue: { follow: "wine" }, green: slot("b"), shadow });
  expect(problems.map(({ path }) => path)).toEqual([
    "isotherm:models.wine.green",
    "isotherm:models.wine.shadow",
  ]);
});

test("T-02 a shadow has a share of its own, which no weight counts", () => {
  const shadow = (percent: number) => ({ release: "c".repeat(12), from: "dev", percent });
  expect(problemsOfWine({ blue: slot("a"), shadow: shadow(100) })).toEqual([]);
  expect(problemsOfWine({ blue: slot("a"), shadow: shadow(0) }).map(({ path }) => path)).toEqual([
    "isotherm:models.wine.shadow.percent",
  ]);
});

test.each<[Record<string, unknown>, string[]]>([
  [{ replicas: 3 }, []],
  [{ min: 2, max: 20, cpuPercent: 70 }, []],
  [{ max: 4 }, []],
  [{ replicas: 3, max: 4 }, ["isotherm:models.wine.scale.replicas"]],
  [{ min: 5, max: 4 }, ["isotherm:models.wine.scale.max"]],
  [{ min: 5 }, ["isotherm:models.wine.scale.max"]],
])("K-04 a scale of %j: mistakes are %j", (scale, paths) => {
  expect(problemsOfWine({ blue: slot("a"), scale }).map(({ path }) => path)).toEqual(paths);
});

test.each([
  ["3600s", 3_600],
  ["90m", 5_400],
  ["12h", 43_200],
  ["7d", 604_800],
])("U-07 an age of %s is %i seconds", (maxAge, seconds) => {
  const wine = { ...environment["isotherm:models"].wine, maxAge };
  expect(parseConfig({ ...environment, "isotherm:models": { wine } })).toMatchObject({
    models: { wine: { maxAge: seconds } },
  });
});

test.each(["3600", "1 h", "0s", "week"])("U-07 an age of %j is a mistake", (maxAge) => {
  expect(problemsOfWine({ blue: slot("a"), maxAge }).map(({ path }) => path)).toEqual([
    "isotherm:models.wine.maxAge",
  ]);
});

test("a workload nobody wrote is a mistake", () => {
  const training = { wine: { workload: "beer" } };
  expect(problemsOf({ "isotherm:training": training })[0]?.message).toMatch(
    /^no workload is called "beer"; there is .*wine/,
  );
});

test.each(["aws", "onprem"])("target %s is refused as planned, not as a typo", (kind) => {
  expect(problemsOf({ "isotherm:target": { kind } })[0]?.message).toBe(
    `"${kind}" is not built yet; use "cluster"`,
  );
});

test.each([
  ["2f9c0b71d4aa", true],
  ["a".repeat(64), true],
  ["latest", false],
  ["2f9c0b", false],
  ["2F9C0B71D4AA", false],
])("release %s: sound is %s", (release, sound) => {
  const models = { wine: { blue: { release }, gates: [{ metric: "accuracy", atLeast: 0.85 }] } };
  expect(problemsOf({ "isotherm:models": models })).toHaveLength(sound ? 0 : 1);
});

test.each([
  ["http://sink.eventing.svc/in", []],
  ["https://events.example.org", []],
  ["ftp://events.example.org", ["isotherm:models.wine.events.sink"]],
  ["events.example.org", ["isotherm:models.wine.events.sink"]],
  ["https://user:word@events.example.org", ["isotherm:models.wine.events.sink"]],
])("T-10 a sink of %s: mistakes are %j", (sink, paths) => {
  const wine = { ...environment["isotherm:models"].wine, events: { sink } };
  const problems = problemsOf({ "isotherm:models": { wine } });
  expect(problems.map(({ path }) => path)).toEqual(paths);
  expect(JSON.stringify(problems)).not.toContain("word@");
});

test("images carry a tag that is not latest, or a digest", () => {
  const paths = problemsOf({
    "isotherm:images": {
      envoy: "r/envoy:latest",
      s3: "r/s3",
      mlflow: "r/mlflow:3",
      postgres: `r/p@sha256:${"a".repeat(64)}`,
    },
  }).map(({ path }) => path);
  expect(paths).toEqual(["isotherm:images.envoy", "isotherm:images.s3"]);
});

test("a stack without a role is told which roles there are", () => {
  expect(() => parseConfig({})).toThrow('isotherm:role: must be "cluster" or "environment"');
});

test.each([undefined, "enviroment"])("a role of %s does not hide the other mistakes", (role) => {
  const problems = problemsOf({
    "isotherm:role": role,
    "isotherm:target": { kind: "clster" },
    "isotherm:images": { postgres: "postgres:latest" },
    "isotherm:gateway": { service: "NodePort" },
    "isotherm:modles": {},
    other: 1,
  });
  expect(problems.map(({ path }) => path).sort()).toEqual([
    "isotherm:images.postgres",
    "isotherm:modles",
    "isotherm:role",
    "isotherm:target.kind",
    "other",
  ]);
});
