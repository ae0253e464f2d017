import { runtime } from "@pulumi/pulumi";
import { afterEach, describe, expect, test } from "vitest";
import { releaseFloor } from "./release-floor.ts";
import { isUnknown, stackViolations, unknown } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";
import { release, route, slot } from "./testing/releases.ts";

const older = release({ trainedAt: "2026-01-01T00:00:00.000Z" });
const newer = release({ trainedAt: "2026-03-01T00:00:00.000Z" });

const judged = (weights: { blue: number; green: number }, config = {}) =>
  stackViolations(
    releaseFloor,
    [
      older.asked,
      newer.asked,
      ...slot("blue", older.digest),
      ...slot("green", newer.digest),
      route(weights),
    ],
    { config },
  );

function stackFile(floor?: string): void {
  runtime.setAllConfig({ "isotherm:models": JSON.stringify({ wine: { floor } }) });
}

afterEach(() => runtime.setAllConfig({}));

describe("release-floor", () => {
  test("N-03 a release older than the floor gets no requests", async () => {
    stackFile(newer.digest.slice(0, 12));
    expect(await judged({ blue: 10, green: 90 })).toEqual([
      `wine, slot blue, release ${older.digest.slice(0, 12)}: was trained at 2026-01-01T00:00:00.000Z, ` +
        `before the floor ${newer.digest.slice(0, 12)}`,
    ]);
  });

  test("it may stay in its slot without any, though a header still reaches it", async () => {
    stackFile(newer.digest.slice(0, 12));
    expect(await judged({ blue: 0, green: 100 })).toEqual([]);
  });

  test("the floor itself, and what is newer, passes", async () => {
    stackFile(older.digest);
    expect(await judged({ blue: 50, green: 50 })).toEqual([]);
  });

  test("without a floor, or with one that is no release of the stack, nothing is refused", async () => {
    expect(await judged({ blue: 50, green: 50 })).toEqual([]);
    stackFile("000000000000");
    expect(await judged({ blue: 50, green: 50 })).toEqual([]);
  });

  test("config sets a time that no stack file can move", async () => {
    const config = { trainedSince: { wine: "2026-02-01T00:00:00Z" } };
    expect(await judged({ blue: 1, green: 99 }, config)).toEqual([
      expect.stringContaining("was trained at 2026-01-01T00:00:00.000Z, before the floor"),
    ]);
    expect(await judged({ blue: 0, green: 100 }, config)).toEqual([]);
  });

  test("a slot whose release is not known yet is told, and no more", async () => {
    const metadata = { labels: { "app.kubernetes.io/component": "model-server" } };
    const later = object("ConfigMap", "c", { metadata, data: unknown.object });
    expect(await stackViolations(releaseFloor, [later])).toEqual([
      expect.stringMatching(isUnknown),
    ]);
  });
});
