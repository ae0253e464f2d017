import { describe, expect, it } from "vitest";
import { parseJsonPath } from "./jsonpath.ts";
import { parseWaitFor } from "./wait-for.ts";

const gateway = {
  metadata: { generation: 3, labels: { "a.b/c": "x" } },
  status: {
    phase: "Running",
    ready: 2,
    addresses: [{ value: "10.0.0.1" }, { value: "10.0.0.2" }],
    conditions: [
      { type: "Accepted", status: "True", observedGeneration: 3 },
      { type: "Programmed", status: "False", reason: "AddressNotAssigned", observedGeneration: 3 },
      { type: "Resolved", status: "True", observedGeneration: 2 },
    ],
  },
};

describe("JSONPath", () => {
  it.each([
    ["{.status.phase}", ["Running"]],
    [".status.addresses[0].value", ["10.0.0.1"]],
    ["$.status.addresses[-1].value", ["10.0.0.2"]],
    ["{.status.addresses[*].value}", ["10.0.0.1", "10.0.0.2"]],
    ['{.status.conditions[?(@.type=="Programmed")].status}', ["False"]],
    ["{.metadata.labels['a.b/c']}", ["x"]],
    ["{.metadata.labels.a\\.b/c}", ["x"]],
    ["{.nothing.here}", []],
  ])("%s", (path, values) => {
    expect(parseJsonPath(path)(gateway)).toEqual(values);
  });

  it("names the place it cannot read", () => {
    expect(() => parseJsonPath("{.status[}")).toThrow('malformed at "["');
  });
});

describe("pulumi.com/waitFor", () => {
  const judge = (annotation: string) => parseWaitFor(annotation)(gateway);

  it.each([
    "jsonpath={.status.phase}=Running",
    "jsonpath='{.status.phase}'=Running",
    "jsonpath={.status.phase}",
    "jsonpath=.status.ready=2",
    'jsonpath={.status.conditions[?(@.type=="Accepted")].status}=True',
    "condition=Accepted",
    "condition=accepted=true",
    "condition=Programmed=False",
    '["condition=Accepted", "jsonpath={.status.ready}=2"]',
  ])("%s holds", (annotation) => {
    expect(judge(annotation).ready).toBe(true);
  });

  it.each([
    ["jsonpath={.status.phase}=Done", "waiting for {.status.phase} to be Done (found Running)"],
    ["jsonpath={.status.gone}=1", "waiting for {.status.gone} to be 1 (found nothing yet)"],
    ["condition=Programmed", "waiting for condition Programmed=True (AddressNotAssigned)"],
    ["condition=Missing", "waiting for condition Missing=True (no such condition yet)"],
    ["condition=Resolved", "waiting for condition Resolved=True (not current yet)"],
    [
      '["condition=Accepted", "condition=Missing"]',
      "waiting for condition Missing=True (no such condition yet)",
    ],
  ])("%s is waited for", (annotation, message) => {
    expect(judge(annotation)).toEqual({ ready: false, message });
  });

  it.each(["Ready", "[]", "jsonpath=", "condition="])("%j is refused", (annotation) => {
    expect(() => parseWaitFor(annotation)).toThrow(/pulumi.com\/waitFor/);
  });
});
