import { expect, test } from "vitest";
import {
  approvedName,
  guardedNames,
  heldKey,
  releaseOfConfig,
  servingConfigName,
} from "./admission.ts";
import { holdName } from "./hold.ts";

const release = "2f9c0b71d4aa".padEnd(64, "0");

test("which release a slot's configuration has is in its name", () => {
  const name = servingConfigName("wine-blue", release, "e".repeat(64));
  expect(name).toBe("wine-blue-2f9c0b71d4aa-eeeeeeeeee");
  expect(releaseOfConfig(name)).toBe("2f9c0b71d4aa");
  expect(releaseOfConfig("wine-blue-eeeeeeeeee")).toBeUndefined();
});

test("the key of a release on hold is one that a ConfigMap may have", () => {
  expect(heldKey(release)).toMatch(/^[-._a-zA-Z0-9]+$/);
});

test.each([
  approvedName,
  holdName("wine", release),
  "release-wine-2f9c0b71d4aa",
  servingConfigName("wine-green", release, "0123456789abcdef"),
])("%s is guarded", (name) => {
  expect(name).toMatch(new RegExp(guardedNames));
});

test.each(["kube-root-ca.crt", "registry-scripts", "holdings", "wine-blue-eeeeeeeeee"])(
  "%s is not",
  (name) => {
    expect(name).not.toMatch(new RegExp(guardedNames));
  },
);
