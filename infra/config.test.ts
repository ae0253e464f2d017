import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "./config.ts";
import { environment, problemsOf } from "./testing/environment.ts";

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
