import { describe, expect, test } from "vitest";
import { disruptionBudget } from "./disruption-budget.ts";
import { isUnknown, stackViolations, unknown } from "./testing/ask.ts";
import { object, running } from "./testing/objects.ts";

const labels = { app: "wine" };
const servers = (replicas?: unknown, name = "wine") =>
  object("Deployment", name, { spec: { replicas, ...running({}, {}, labels) } });
const budget = (matchLabels: object, namespace = "isotherm-prod") =>
  object("PodDisruptionBudget", "wine", {
    metadata: { namespace },
    spec: { selector: { matchLabels } },
  });
const autoscaler = object("HorizontalPodAutoscaler", "wine", {
  spec: { scaleTargetRef: { kind: "Deployment", name: "wine" }, maxReplicas: 4 },
});
const fault = "Deployment wine: no PodDisruptionBudget selects it";

describe("disruption-budget", () => {
  test("two replicas under a budget pass, and so does one without", async () => {
    expect(await stackViolations(disruptionBudget, [servers(2), budget(labels)])).toEqual([]);
    expect(await stackViolations(disruptionBudget, [servers(1)])).toEqual([]);
    expect(await stackViolations(disruptionBudget, [servers()])).toEqual([]);
  });

  test("two replicas without a budget fail", async () => {
    expect(await stackViolations(disruptionBudget, [servers(2)])).toEqual([fault]);
  });

  test("a budget of other pods, of none or of another namespace does not count", async () => {
    for (const other of [budget({ app: "heat" }), budget({}), budget(labels, "isotherm-dev")]) {
      expect(await stackViolations(disruptionBudget, [servers(2), other])).toEqual([fault]);
    }
  });

  test("where an autoscaler decides, its maximum counts", async () => {
    expect(await stackViolations(disruptionBudget, [servers(), autoscaler])).toEqual([fault]);
  });

  test("what has no specification has one replica, scales nothing and selects nothing", async () => {
    const [set, scaler, chosen] = (
      ["Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget"] as const
    ).map((kind) => object(kind, "wine"));
    expect(await stackViolations(disruptionBudget, [set!, scaler!, chosen!])).toEqual([]);
    expect(await stackViolations(disruptionBudget, [servers(2), scaler!, chosen!])).toEqual([
      fault,
    ]);
  });

  test("replicas that are not known yet are told, and the others judged", async () => {
    const later = servers(unknown.number, "later");
    expect(await stackViolations(disruptionBudget, [later, servers(2)])).toEqual([
      fault,
      expect.stringMatching(isUnknown),
    ]);
  });

  test("config names other stacks than prod", async () => {
    const config = { stacks: ["staging"] };
    expect(await stackViolations(disruptionBudget, [servers(2)], { stack: "staging" })).toEqual([]);
    expect(
      await stackViolations(disruptionBudget, [servers(2)], { stack: "staging", config }),
    ).toEqual([fault]);
  });
});
