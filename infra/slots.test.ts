import { expect, test } from "vitest";
import { Mlflow } from "../contracts/mlflow.ts";
import type { Slot } from "../contracts/serving-config.ts";
import { programmedGateway } from "../test/mock-target.ts";
import { declare, only, valueOf, type Declared } from "../test/mocks.ts";
import { nothingLive, type Live, type LiveSlot } from "./live.ts";
import { canary, one, recordsOf, short, three, two, useProd } from "./testing/prod.ts";

// An environment that serves what was promoted to it. Does not prove that a gateway shares requests out by the weights:
// that needs a cluster.
const { registry, said, declareProd } = useProd();

const declareCanary = () => declare(() => declareProd(canary), programmedGateway);

function servedBy(resources: readonly Declared[], slot: string): string {
  const { data } = only(resources, "kubernetes:core/v1:ConfigMap", `wine-${slot}-config`)
    .inputs as {
    data: Record<string, string>;
  };
  const config = JSON.parse(data["serving.json"] ?? "") as { models: { release: string }[] };
  return config.models[0]?.release ?? "";
}

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
