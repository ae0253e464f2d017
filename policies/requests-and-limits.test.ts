import { describe, expect, test } from "vitest";
import { requestsAndLimits, resourceFaults } from "./requests-and-limits.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object, running } from "./testing/objects.ts";

const resources = { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } };

describe("requests-and-limits", () => {
  test("requests and a memory limit pass; a CPU limit is not asked for", () => {
    expect(resourceFaults([{ name: "server", resources }])).toEqual([]);
  });

  test.each([
    [{ ...resources, limits: { cpu: "1" } }, "resources.limits.memory"],
    [{ ...resources, requests: { cpu: "100m" } }, "resources.requests.memory"],
    [{ ...resources, requests: { memory: "64Mi" } }, "resources.requests.cpu"],
    [{ requests: resources.requests }, "resources.limits.memory"],
    [{ limits: resources.limits }, "resources.requests.cpu, resources.requests.memory"],
  ])("%j fails: it has no %s", (some, missing) => {
    expect(resourceFaults([{ name: "server", resources: some }])).toEqual([
      `container server: has no ${missing}`,
    ]);
  });

  test("a container without resources fails, with everything it lacks", () => {
    expect(resourceFaults([{ name: "server" }])).toEqual([
      "container server: has no resources.requests.cpu, resources.requests.memory, resources.limits.memory",
    ]);
  });

  test("resources that are not known yet are neither passed nor failed", async () => {
    const server = object("Deployment", "it", { spec: running({ resources: unknown.object }) });
    await expect(violations(requestsAndLimits, server)).rejects.toThrow(isUnknown);
  });
});
