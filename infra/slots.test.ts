import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Mlflow } from "../contracts/mlflow.ts";
import { keepComparison } from "../contracts/kept-comparison.ts";
import { FakeMlflow } from "../contracts/testing/fake-mlflow.ts";
import { declare, declareFailing, only, valueOf, type Declared } from "../test/mocks.ts";
import { freshEnvironment, programmedGateway, targetWithRegistry } from "../test/mock-target.ts";
import { manifestWith, stored } from "../test/releases.ts";
import { parseConfig } from "./config.ts";
import { declareEnvironment } from "./environment-stack.ts";
import type { Slot } from "../contracts/serving-config.ts";
import { nothingLive, type Live, type LiveSlot } from "./live.ts";
import type { EnvironmentConfig } from "./schema.ts";

// An environment that serves what was promoted to it, against mocks and a registry. Does not prove that a gateway shares
// requests out by the weights: that needs a cluster.

const registry = new FakeMlflow();
const releases = [0.95, 0.96, 0.97].map((accuracy) => stored(manifestWith({ accuracy })));
const [one = "", two = "", three = ""] = releases.map(({ digest }) => digest);

beforeAll(async () => {
  await registry.listen();
  const mlflow = new Mlflow({ url: registry.url });
  const experiment = await mlflow.ensureExperiment("wine");
  await mlflow.ensureRegisteredModel("wine");
  for (const { digest, text } of releases) {
    const run = await mlflow.createRun(experiment, "wine", {});
    await mlflow.uploadArtifact(run, "model/release.json", text);
    const tags = { "isotherm.release": digest };
    await mlflow.createModelVersion({ name: "wine", source: "s", runId: run.info.run_id, tags });
  }
  await keepComparison(mlflow, {
    schema: "isotherm.dev/comparison/v1",
    model: "wine",
    dataSet: { name: "wine", version: "1", sha256: "d".repeat(64), rows: 36 },
    scorer: { workload: "wine", image: "training:1" },
    candidate: { release: two, metrics: { accuracy: 0.98 } },
    incumbent: { release: one, metrics: { accuracy: 0.97 } },
  });
});

afterAll(() => registry.close());

const short = (digest: string) => digest.slice(0, 12);
const gates = [{ metric: "accuracy", atLeast: 0.85 }];

/** What people were told. */
let said: string[] = [];

beforeEach(() => {
  said = [];
});

function declareProd(wine: Record<string, unknown>, live: Live = nothingLive) {
  const config = parseConfig({
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    "isotherm:models": { wine: { gates, ...wine } },
  }) as EnvironmentConfig;
  const say = (text: string) => said.push(text);
  const state = { ...freshEnvironment("prod"), live, say };
  return declareEnvironment(config, targetWithRegistry(registry.url), state);
}

const canary = {
  blue: { release: short(one), weight: 90 },
  green: { release: short(two), from: "staging", weight: 10 },
  shadow: { release: three, from: "staging", percent: 50 },
};
const declareCanary = () => declare(() => declareProd(canary), programmedGateway);

function servedBy(resources: readonly Declared[], slot: string): string {
  const { data } = only(resources, "kubernetes:core/v1:ConfigMap", `wine-${slot}-config`)
    .inputs as {
    data: Record<string, string>;
  };
  const config = JSON.parse(data["serving.json"] ?? "") as { models: { release: string }[] };
  return config.models[0]?.release ?? "";
}

const recordsOf = (resources: readonly Declared[]) =>
  resources
    .filter(({ type, name }) => type.endsWith(":ConfigMap") && /-release(-|$)/.test(name))
    .map(({ name }) => name);

test("each slot has servers of its own, with the release that the stack file names", async () => {
  const { result, resources } = await declareCanary();
  expect(servedBy(resources, "blue")).toBe(one);
  expect(servedBy(resources, "green")).toBe(two);
  expect(servedBy(resources, "shadow")).toBe(three);
  const wine = result.models["wine"];
  if (wine === undefined) throw new Error("prod serves no wine");
  expect(await valueOf(wine.release)).toBe(one);
  expect(Object.keys(wine.slots)).toEqual(["blue", "green", "shadow"]);
  expect(result.requestedCpu).toBeGreaterThan(0.3);
});

test("people are told in words what will happen to each slot", async () => {
  const live = (slot: string, release: string, weight: number): [Slot, LiveSlot] => [
    slot as Slot,
    { release, weight, ready: 1 },
  ];
  const slots = new Map([["wine", new Map([live("blue", one, 100), live("shadow", two, 0)])]]);
  const { blue, green } = canary;
  await declare(() => declareProd({ blue, green }, { ...nothingLive, slots }), programmedGateway);
  expect(said.sort()).toEqual([
    `wine: blue 100 -> 90 %, release ${short(one)} from dev, gates 1/1`,
    `wine: green 0 -> 10 %, release ${short(two)} from staging, gates 1/1, beats ${short(one)} by 0.01`,
    "wine: shadow gets no more copies, its servers go",
  ]);
});

test("one route shares the requests out, and copies half of them to the shadow", async () => {
  const { resources } = await declareCanary();
  const route = only(resources, "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute").inputs;
  const { rules } = route["spec"] as { rules: Record<string, unknown>[] };
  expect(rules[0]).toMatchObject({
    filters: [
      { type: "URLRewrite" },
      {
        type: "RequestMirror",
        requestMirror: { backendRef: { name: "wine-shadow" }, percent: 50 },
      },
    ],
    backendRefs: [
      { name: "wine-blue", weight: 90 },
      { name: "wine-green", weight: 10 },
    ],
  });
});

test("a release has one record, however many slots have it, by whichever of its two names", async () => {
  const { resources } = await declare(
    () =>
      declareProd({
        blue: { release: short(two), weight: 100 },
        green: { release: two, weight: 0 },
        shadow: { release: three },
      }),
    programmedGateway,
  );
  expect(recordsOf(resources).sort()).toEqual(
    [`wine-release-${short(two)}`, `wine-release-${short(three)}`].sort(),
  );
});

/** The name that a release's record has in the cluster, and what it says of its admission. */
async function recordOf(digest: string, wine: Record<string, unknown>, live: Live) {
  const { resources } = await declare(() => declareProd(wine, live), programmedGateway);
  const name = `wine-release-${short(digest)}`;
  const { metadata, data } = only(resources, "kubernetes:core/v1:ConfigMap", name).inputs as {
    metadata: { name: string };
    data: Record<string, string>;
  };
  return {
    name: metadata.name,
    data,
    admission: JSON.parse(data["admission.json"] ?? "") as unknown,
  };
}

test("T-02 C-01 a shadow need not be as good as what serves, and is compared before it gets requests", async () => {
  const slots = new Map([
    ["wine", new Map([["blue" as Slot, { release: one, weight: 100, ready: 1 }]])],
  ]);
  const kept = { digest: one, "manifest.json": releases[0]?.text ?? "", version: "1" };
  const live: Live = { ...nothingLive, slots, records: [kept] };
  const blue = { release: one, weight: 100 };
  const shadowed = await recordOf(three, { blue, shadow: { release: three } }, live);
  expect(shadowed.name).toBe(`release-shadow-wine-${short(three)}`);
  expect(shadowed.admission).toMatchObject({ comparison: { kind: "shadow" } });
  // An `up` later its record is what it was.
  const after: Live = { ...live, records: [kept, shadowed.data] };
  expect((await recordOf(three, { blue, shadow: { release: three } }, after)).data).toEqual(
    shadowed.data,
  );
  const green = { release: three, weight: 0 };
  const { messages } = await declareFailing(
    () => declareProd({ blue, green }, after),
    programmedGateway,
  );
  expect(messages.join("\n")).toContain(`was not compared with ${short(one)}`);
  // One that was compared gets a record of its own, and the age that counts is the one that it had as a shadow.
  const other = await recordOf(two, { blue, shadow: { release: two } }, live);
  const promoted = { blue, green: { release: two, weight: 0 }, maxAge: "1s" };
  const admitted = await recordOf(two, promoted, { ...live, records: [kept, other.data] });
  expect(admitted.name).toBe(`release-wine-${short(two)}`);
  expect(admitted.admission).toMatchObject({
    shadowSince: (other.admission as { admittedAt: string }).admittedAt,
    comparison: { kind: "made", incumbent: one },
  });
});

test("a release that fails its gates is refused in every slot, the shadow too", async () => {
  const strict = { ...canary, gates: [{ metric: "accuracy", atLeast: 0.955 }] };
  const { messages, resources } = await declareFailing(
    () => declareProd(strict),
    programmedGateway,
  );
  expect(messages.join("\n")).toMatch(/accuracy 0\.95 is not >= 0\.955/);
  expect(recordsOf(resources)).not.toContain(`wine-release-${short(one)}`);
});

test("a slot with requests keeps its release: nothing is declared, and the mistake has its path", async () => {
  const blue = { weight: 100, release: two, ready: 1 };
  const live: Live = { ...nothingLive, slots: new Map([["wine", new Map([["blue", blue]])]]) };
  const { result, resources } = await declare(() => {
    try {
      declareProd(canary, live);
    } catch (error) {
      return String(error);
    }
    return "nothing was wrong";
  }, programmedGateway);
  expect(result).toContain("isotherm:models.wine.blue.release: blue has 100 % of the requests");
  expect(resources).toEqual([]);
});

test("what the environment kept of a release when it admitted it is kept as it was", async () => {
  const kept = { digest: one, "manifest.json": releases[0]?.text ?? "", version: "7" };
  const live: Live = { ...nothingLive, records: [kept] };
  const wine = { blue: { release: one }, maxAge: "1s" };
  const { resources } = await declare(() => declareProd(wine, live), programmedGateway);
  const name = `wine-release-${short(one)}`;
  expect(only(resources, "kubernetes:core/v1:ConfigMap", name).inputs["data"]).toEqual(kept);
});

test("U-07 a release that is too old for an environment that never admitted it is refused", async () => {
  const wine = { blue: { release: one }, maxAge: "1s" };
  const { messages } = await declareFailing(() => declareProd(wine), programmedGateway);
  expect(messages).toEqual([
    expect.stringMatching(/was trained \d+ s ago; this environment admits nothing older than 1 s/),
  ]);
});

test("a model without a slot is told how it gets one, and nothing is made for it", async () => {
  const slots = new Map([
    ["wine", new Map([["blue" as Slot, { release: one, weight: 100, ready: 1 }]])],
  ]);
  const { result, resources } = await declare(
    () => declareProd({ scale: { max: 3 } }, { ...nothingLive, slots }),
    programmedGateway,
  );
  expect(said).toEqual([
    "wine: blue 100 -> 0 %, its servers go",
    "wine: no slot yet; `npm run promote -- wine --to prod`",
  ]);
  expect(result.models).toEqual({});
  expect(resources.map(({ name }) => name).filter((name) => name.includes("wine"))).toEqual([]);
});

test("C-01 beside a release with requests, one that was not compared with it is refused, with what compares them", async () => {
  const slots = new Map([
    ["wine", new Map([["blue" as Slot, { release: two, weight: 100, ready: 1 }]])],
  ]);
  const live = { ...nothingLive, slots };
  const wine = { blue: { release: two }, green: { release: three } };
  const { messages, resources } = await declareFailing(
    () => declareProd(wine, live),
    programmedGateway,
  );
  expect(messages.join()).toContain(
    `was not compared with ${short(two)}, which has most of the requests: \`npm run releases -- sync --stack prod\` compares them`,
  );
  expect(recordsOf(resources)).not.toContain(`wine-release-${short(three)}`);
  await declare(() => declareProd({ ...wine, compare: "off" }, live), programmedGateway);
  expect(said).toContain(
    `wine: green stays at 0 %, release ${short(three)} from dev, gates 1/1, not compared with ${short(two)}`,
  );
});

test("the alias champion is on the release with most of the requests", async () => {
  const { blue, green } = canary;
  const alias = async () =>
    (await new Mlflow({ url: registry.url }).versionByAlias("wine", "champion"))?.version;
  const { result } = await declare(() => declareProd({ blue, green }), programmedGateway);
  await valueOf(result.models["wine"]!.url);
  expect(await alias()).toBe("1");
  const turned = { blue: { ...blue, weight: 0 }, green: { ...green, weight: 100 } };
  const after = await declare(() => declareProd(turned), programmedGateway);
  await valueOf(after.result.models["wine"]!.url);
  expect(await alias()).toBe("2");
});

test("the list of approved releases names blue and green, and not the shadow, whose answers reach nobody", async () => {
  const { resources } = await declareCanary();
  const list = only(resources, "kubernetes:core/v1:ConfigMap", "approved-releases").inputs;
  expect(list["data"]).toEqual({ "wine-blue": one, "wine-green": two });
});

test("a release that fails its gates is on no list, and no servers are made for it", async () => {
  const wine = { blue: { release: one }, gates: [{ metric: "accuracy", atLeast: 0.99 }] };
  const { resources } = await declareFailing(() => declareProd(wine), programmedGateway);
  const made = resources.filter(({ type }) => type.startsWith("kubernetes:"));
  const names = made.map(({ name }) => name);
  expect(names).not.toContain("approved-releases");
  expect(names.filter((name) => name.startsWith("wine-blue"))).toEqual([]);
});

test("a release on hold that has requests by the stack file is refused before anything is declared", async () => {
  const hold = { model: "wine", release: two, reason: "r", by: "b", at: "2026-01-02T03:04:05Z" };
  const live: Live = { ...nothingLive, holds: [hold] };
  const { result, resources } = await declare(() => {
    try {
      declareProd(canary, live);
    } catch (error) {
      return String(error);
    }
    return "nothing was wrong";
  }, programmedGateway);
  expect(result).toContain(`isotherm:models.wine.green: release "${short(two)}" is on hold since`);
  expect(resources).toEqual([]);
});

test("a change past the stack file is said, and written over in the object that it was made in", async () => {
  const changed = { manager: "kubectl-edit", at: "2026-01-02T03:04:05.000Z" };
  const routes = { ...nothingLive.routes, http: new Map([["wine", { changed }]]) };
  const live: Live = { ...nothingLive, routes };
  const wine = { blue: { release: one } };
  const { resources } = await declare(() => declareProd(wine, live), programmedGateway);
  expect(said[0]).toContain(
    "wine: weights were changed by kubectl-edit at 2026-01-02T03:04:05.000Z",
  );
  const annotationsOf = (kind: string) =>
    (
      only(resources, `kubernetes:gateway.networking.k8s.io/v1:${kind}`).inputs["metadata"] as {
        annotations: Record<string, string>;
      }
    ).annotations;
  expect(annotationsOf("HTTPRoute")).toMatchObject({
    "isotherm.dev/undone": "kubectl-edit 2026-01-02T03:04:05.000Z",
    "pulumi.com/patchForce": "true",
  });
  expect(annotationsOf("GRPCRoute")).not.toHaveProperty("isotherm.dev/undone");
});
