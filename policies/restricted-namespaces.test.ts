import { describe, expect, test } from "vitest";
import { restrictedNamespaces } from "./restricted-namespaces.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";

const enforce = "pod-security.kubernetes.io/enforce";
const namespace = (labels?: unknown) =>
  object("Namespace", "isotherm-prod", { metadata: { labels } });

describe("restricted-namespaces", () => {
  test("a namespace that enforces restricted passes", async () => {
    expect(await violations(restrictedNamespaces, namespace({ [enforce]: "restricted" }))).toEqual(
      [],
    );
  });

  test.each([
    [{ [enforce]: "baseline" }, "baseline"],
    [{ "pod-security.kubernetes.io/warn": "restricted" }, "missing"],
    [undefined, "missing"],
  ])("labels %j fail: the level is %s", async (labels, level) => {
    expect(await violations(restrictedNamespaces, namespace(labels))).toEqual([
      `namespace isotherm-prod: label ${enforce} is ${level}; set it to restricted`,
    ]);
  });

  test("a namespace without metadata fails under the name of its resource", async () => {
    const asked = { type: "kubernetes:core/v1:Namespace", name: "bare", props: {} };
    expect(await violations(restrictedNamespaces, asked)).toEqual([
      `namespace bare: label ${enforce} is missing; set it to restricted`,
    ]);
  });

  test("labels that are not known yet are neither passed nor failed", async () => {
    const asked = namespace(unknown.object);
    await expect(violations(restrictedNamespaces, asked)).rejects.toThrow(isUnknown);
  });

  test("config excepts a namespace by name", async () => {
    const config = { except: ["isotherm-prod"] };
    expect(await violations(restrictedNamespaces, namespace(), { config })).toEqual([]);
  });

  test("nothing else is looked at", async () => {
    expect(await violations(restrictedNamespaces, object("Service", "s3"))).toEqual([]);
  });
});
