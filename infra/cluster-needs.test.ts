import { expect, test } from "vitest";
import { gatewayFeatures, hasAutoscaler } from "./cluster-needs.ts";
import { parseConfig } from "./config.ts";
import type { EnvironmentConfig } from "./schema.ts";

const release = "2f9c0b71d4aa";
const served = { blue: { release }, gates: [{ metric: "accuracy", atLeast: 0.85 }] };

function modelsOf(models: Record<string, object>): EnvironmentConfig["models"] {
  const config = parseConfig({
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    "isotherm:models": models,
  });
  return (config as EnvironmentConfig).models;
}
const shadow = (percent?: number) => ({
  ...served,
  shadow: { release: "81aa52c09e13", ...(percent === undefined ? {} : { percent }) },
});

test.each<[string, Record<string, object>, string[]]>([
  ["no shadow", { wine: served }, []],
  ["a shadow of all requests", { wine: shadow(100) }, ["HTTPRouteRequestMirror"]],
  ["a shadow whose share is not said", { wine: shadow() }, ["HTTPRouteRequestMirror"]],
  ["a shadow of some requests", { wine: shadow(50) }, ["HTTPRouteRequestPercentageMirror"]],
  [
    "shadows of both kinds, twice",
    { wine: shadow(50), heat: shadow(100), churn: shadow(20) },
    ["HTTPRouteRequestPercentageMirror", "HTTPRouteRequestMirror"],
  ],
])("T-02 of a gateway class, %s needs the features that copy them", (_, models, features) => {
  expect(gatewayFeatures(modelsOf(models))).toEqual(features);
});

test("K-04 an autoscaler is one where a model with a slot has a maximum of servers", () => {
  const scale = { max: 4 };
  expect(hasAutoscaler(modelsOf({ wine: served }))).toBe(false);
  expect(hasAutoscaler(modelsOf({ wine: { ...served, scale } }))).toBe(true);
  expect(hasAutoscaler(modelsOf({ wine: { gates: served.gates, scale } }))).toBe(false);
});
