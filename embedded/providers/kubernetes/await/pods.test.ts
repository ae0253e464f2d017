import { describe, expect, it } from "vitest";
import { podProblems, selectorQuery } from "./pods.ts";

const pod = (status: object) => ({ metadata: { name: "web-1" }, status: { ...status } });

describe("what keeps pods from being ready", () => {
  it("is nothing while they start", () => {
    const starting = {
      containerStatuses: [{ name: "a", state: { waiting: { reason: "ContainerCreating" } } }],
    };
    expect(podProblems([pod(starting)])).toEqual([]);
  });

  it("is an image that cannot be pulled", () => {
    const waiting = { reason: "ImagePullBackOff", message: "Back-off pulling image x:1" };
    expect(podProblems([pod({ containerStatuses: [{ name: "a", state: { waiting } }] })])).toEqual([
      "pod web-1: container a: ImagePullBackOff: Back-off pulling image x:1",
    ]);
  });

  it("is a crash, with how it ended last", () => {
    const crash = {
      name: "a",
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 2, reason: "Error", message: "no database" } },
    };
    expect(podProblems([pod({ initContainerStatuses: [crash] })])).toEqual([
      "pod web-1: container a: CrashLoopBackOff; last exited with code 2 (Error: no database)",
    ]);
  });

  it("is that no node takes them", () => {
    const unscheduled = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/1 nodes are available: insufficient nvidia.com/gpu",
    };
    expect(podProblems([pod({ conditions: [unscheduled] })])[0]).toContain(
      "insufficient nvidia.com/gpu",
    );
  });
});

describe("selectors", () => {
  it("become a query of the API server", () => {
    expect(
      selectorQuery({
        matchLabels: { app: "web" },
        matchExpressions: [
          { key: "tier", operator: "In", values: ["a", "b"] },
          { key: "gone", operator: "DoesNotExist" },
          { key: "here", operator: "Exists" },
          { key: "zone", operator: "NotIn", values: ["c"] },
        ],
      }),
    ).toBe("app=web,tier in (a,b),!gone,here,zone notin (c)");
  });
});
