import { describe, expect, test } from "vitest";
import { protectedData } from "./protected-data.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object, running } from "./testing/objects.ts";

const claim = object("PersistentVolumeClaim", "postgres-data");
const set = (volumeClaimTemplates?: unknown) =>
  object("StatefulSet", "postgres", { spec: { volumeClaimTemplates, ...running({}) } });
const fault = "PersistentVolumeClaim postgres-data: keeps data and is not protected";

describe("protected-data", () => {
  test("what is protected passes", async () => {
    expect(await violations(protectedData, { ...claim, protect: true })).toEqual([]);
    expect(await violations(protectedData, { ...set([{}]), protect: true })).toEqual([]);
  });

  test.each(["staging", "prod"])("a claim that is not protected fails on %s", async (stack) => {
    expect(await violations(protectedData, claim, { stack })).toEqual([fault]);
  });

  test("a StatefulSet fails where it makes claims of its own, and only there", async () => {
    expect(await violations(protectedData, set([{}]))).toEqual([
      "StatefulSet postgres: keeps data and is not protected",
    ]);
    expect(await violations(protectedData, set([]))).toEqual([]);
    expect(await violations(protectedData, set())).toEqual([]);
  });

  test("a StatefulSet without a specification keeps nothing, and a claim without one is a claim", async () => {
    expect(await violations(protectedData, object("StatefulSet", "postgres"))).toEqual([]);
    expect(await violations(protectedData, object("PersistentVolumeClaim", "c"))).toHaveLength(1);
  });

  test("config names the stacks", async () => {
    expect(await violations(protectedData, claim, { stack: "dev" })).toEqual([]);
    expect(
      await violations(protectedData, claim, { stack: "dev", config: { stacks: ["dev"] } }),
    ).toEqual([fault]);
  });

  test("claims that are not known yet are neither passed nor failed", async () => {
    await expect(violations(protectedData, set(unknown.object))).rejects.toThrow(isUnknown);
  });
});
