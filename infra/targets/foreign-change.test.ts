import { expect, test } from "vitest";
import { foreignChange, ownedBelow, owns } from "./foreign-change.ts";

const rules = { "f:spec": { "f:rules": {} } };
const isRules = (fields: unknown) => owns(fields, ["spec", "rules"]);
const time = "2026-01-02T03:04:05Z";
const at = "2026-01-02T03:04:05.000Z";

test("the newest change by anybody but Pulumi is named, with its time", () => {
  const managed = [
    { manager: "pulumi-kubernetes-1a2b3c4d", operation: "Apply", time, fieldsV1: rules },
    { manager: "responder", time: "2026-01-01T00:00:00Z", fieldsV1: rules },
    { manager: "kubectl-edit", time: new Date(time), fieldsV1: rules },
  ];
  expect(foreignChange(managed, isRules)).toEqual({ manager: "kubectl-edit", at });
});

test.each([
  ["Pulumi's own", { manager: "pulumi-kubernetes-1a2b3c4d", time, fieldsV1: rules }],
  ["a status", { manager: "envoy-gateway", subresource: "status", time, fieldsV1: rules }],
  ["of other fields", { manager: "kubectl-label", time, fieldsV1: { "f:metadata": {} } }],
  ["of no field that is told", { manager: "kubectl-edit", time }],
])("a change that is %s is nobody's", (_, entry) => {
  expect(foreignChange([entry], isRules)).toBeUndefined();
});

test("nobody changed an object that is not there", () => {
  expect(foreignChange(undefined, isRules)).toBeUndefined();
});

test("the names of owned fields are told, keys with dots too", () => {
  const data = { "f:data": { ".": {}, "f:held.2f9c0b71d4aa": {}, "f:wine-blue": {} } };
  expect(ownedBelow(data, ["data"])).toEqual(["held.2f9c0b71d4aa", "wine-blue"]);
  expect(ownedBelow(data, ["spec"])).toEqual([]);
});
