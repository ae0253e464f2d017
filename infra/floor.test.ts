import { expect, test } from "vitest";
import { manifestWith, stored } from "../test/releases.ts";
import { requireFloor } from "./floor.ts";

/** A release that was trained at that time, and the record of it. */
function trained(trainedAt: string) {
  const sound = manifestWith({ accuracy: 0.97 });
  const manifest = { ...sound, evidence: { ...sound.evidence, trainedAt } };
  const { digest, text } = stored(manifest);
  return { digest, manifest, record: { digest, "manifest.json": text } };
}
const older = trained("2026-01-01T00:00:00.000Z");
const newer = trained("2026-03-01T00:00:00.000Z");
const live = { records: [older.record, newer.record] };
const floor = newer.digest.slice(0, 12);

test("T-11 a release that was trained before the floor may have no requests", () => {
  expect(() => requireFloor("wine", older, floor, live)).toThrow(
    `model wine: release ${older.digest.slice(0, 12)} was trained at 2026-01-01T00:00:00.000Z, before the floor ${floor}`,
  );
});

test("T-11 the floor itself and what is newer may, and so may anything where there is no floor", () => {
  expect(() => requireFloor("wine", newer, floor, live)).not.toThrow();
  expect(() => requireFloor("wine", newer, older.digest, live)).not.toThrow();
  expect(() => requireFloor("wine", older, undefined, live)).not.toThrow();
});

test("a floor that was never admitted here, or whose record was edited, bounds nothing", () => {
  expect(() => requireFloor("wine", older, floor, { records: [] })).not.toThrow();
  const edited = { ...newer.record, "manifest.json": newer.record["manifest.json"] + " " };
  expect(() => requireFloor("wine", older, floor, { records: [edited] })).not.toThrow();
});
