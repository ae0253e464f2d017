import { describe, expect, test } from "vitest";
import { containersOf } from "./pods.ts";

const deployment = "kubernetes:apps/v1:Deployment";

describe("the containers of a workload", () => {
  const first = { name: "first" };
  const main = { name: "main" };
  const pod = { spec: { initContainers: [first], containers: [main] } };

  test.each([
    ["kubernetes:core/v1:Pod", pod],
    [deployment, { spec: { template: pod } }],
    ["kubernetes:apps/v1:StatefulSet", { spec: { template: pod } }],
    ["kubernetes:apps/v1:DaemonSet", { spec: { template: pod } }],
    ["kubernetes:batch/v1:Job", { spec: { template: pod } }],
    ["kubernetes:batch/v1:CronJob", { spec: { jobTemplate: { spec: { template: pod } } } }],
  ])("of %s are found, those that initialise too", (type, props) => {
    expect(containersOf(type, props)).toEqual([first, main]);
  });

  test.each([
    ["kubernetes:core/v1:Service", pod],
    ["other:core/v1:Pod", pod],
    [deployment, {}],
    [deployment, { spec: { template: {} } }],
  ])("%s of %j has none", (type, props) => {
    expect(containersOf(type, props)).toEqual([]);
  });
});
