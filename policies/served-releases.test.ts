import { describe, expect, test } from "vitest";
import { servedReleases } from "./served-releases.ts";
import { isUnknown, stackViolations, unknown } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";
import { release, slot } from "./testing/releases.ts";

const one = release();
const other = release({ metrics: { accuracy: 0.9 } });
const { labels } = one;

describe("served-releases", () => {
  test("a slot that loads a declared release passes", async () => {
    expect(await stackViolations(servedReleases, [...slot("blue", one.digest), one.asked])).toEqual(
      [],
    );
  });

  test("a slot that loads another one is refused by name", async () => {
    const stack = [one.asked, ...slot("blue", one.digest), ...slot("green", other.digest)];
    expect(await stackViolations(servedReleases, stack)).toEqual([
      `wine, slot green, release ${other.digest.slice(0, 12)}: the stack declares no such release`,
    ]);
  });

  test("T-02 what was admitted as a shadow, beside nothing, is a shadow's alone", async () => {
    const admission = { admittedAt: "2026-01-02T03:54:05.000Z", comparison: { kind: "shadow" } };
    const shadow = release({}, { "admission.json": JSON.stringify(admission) });
    const served = (name: "shadow" | "green") =>
      stackViolations(servedReleases, [shadow.asked, ...slot(name, shadow.digest)]);
    expect(await served("shadow")).toEqual([]);
    expect(await served("green")).toEqual([
      `wine, slot green, release ${shadow.digest.slice(0, 12)}: ` +
        "was admitted as a shadow, and beside nothing: it may have no requests",
    ]);
  });

  test("without any declared release every slot is refused", async () => {
    expect(await stackViolations(servedReleases, slot("shadow", one.digest))).toHaveLength(1);
  });

  test("a release that is not known yet may be the one: the slot is not judged", async () => {
    const later = object("ConfigMap", "release-wine", {
      metadata: { labels },
      data: unknown.object,
    });
    expect(await stackViolations(servedReleases, [later, ...slot("blue", one.digest)])).toEqual([
      expect.stringMatching(isUnknown),
    ]);
  });

  test("a configuration that is no JSON is refused, and the others are judged", async () => {
    const metadata = { labels: { "app.kubernetes.io/component": "model-server" } };
    const broken = object("ConfigMap", "wine-blue-0a1b2c", {
      metadata,
      data: { "serving.json": "{not JSON" },
    });
    const stack = [broken, ...slot("green", other.digest), one.asked];
    expect(await stackViolations(servedReleases, stack)).toEqual([
      "ConfigMap wine-blue-0a1b2c: configures servers with what is no JSON",
      `wine, slot green, release ${other.digest.slice(0, 12)}: the stack declares no such release`,
    ]);
  });

  test("a configuration that is no server's serves nothing", async () => {
    const metadata = { labels: { "app.kubernetes.io/component": "model-server" } };
    expect(await stackViolations(servedReleases, [object("ConfigMap", "c", { metadata })])).toEqual(
      [],
    );
  });
});
