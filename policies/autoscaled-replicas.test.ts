import { describe, expect, test } from "vitest";
import { autoscaledReplicas } from "./autoscaled-replicas.ts";
import { isUnknown, unknown, violations, type Asked } from "./testing/ask.ts";
import { object, running } from "./testing/objects.ts";

const servers = (replicas?: unknown, namespace = "isotherm-prod") =>
  object("Deployment", "wine", { metadata: { namespace }, spec: { replicas, ...running({}) } });
const autoscaler = (name = "wine") =>
  object("HorizontalPodAutoscaler", "wine", {
    spec: { scaleTargetRef: { kind: "Deployment", name }, maxReplicas: 4 },
  });

/** What is reported of resources in the order in which they come. */
async function inTurn(...resources: Asked[]): Promise<string[]> {
  const policy = autoscaledReplicas();
  const messages: string[] = [];
  for (const resource of resources) messages.push(...(await violations(policy, resource)));
  return messages;
}

describe("autoscaled-replicas", () => {
  test("K-04 an autoscaler of servers without replicas passes, and so do replicas without one", async () => {
    expect(await inTurn(servers(), autoscaler())).toEqual([]);
    expect(await inTurn(servers(2), autoscaler("heat"))).toEqual([]);
  });

  test("K-04 both fail, whichever comes first", async () => {
    expect(await inTurn(servers(2), autoscaler())).toEqual([
      "Deployment wine: sets replicas, which this autoscaler decides on",
    ]);
    expect(await inTurn(autoscaler(), servers(2))).toEqual([
      "Deployment wine: sets replicas, which an autoscaler decides on; leave them out",
    ]);
  });

  test("0 replicas are set too", async () => {
    expect(await inTurn(autoscaler(), servers(0))).toHaveLength(1);
  });

  test("a Deployment of the same name in another namespace is another one", async () => {
    expect(await inTurn(autoscaler(), servers(2, "isotherm-dev"))).toEqual([]);
  });

  test("an autoscaler without a target concerns nobody", async () => {
    expect(await inTurn(servers(2), object("HorizontalPodAutoscaler", "wine"))).toEqual([]);
  });

  test("replicas that are not known yet are neither passed nor failed", async () => {
    await expect(inTurn(servers(unknown.number))).rejects.toThrow(isUnknown);
  });
});
