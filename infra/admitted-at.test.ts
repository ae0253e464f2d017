import { expect, test } from "vitest";
import { admittedAt, admittedBefore } from "./admitted-at.ts";

const [a, b, c] = ["a", "b", "c"].map((digit) => digit.repeat(64)) as [string, string, string];
const record = (digest: string, at: string, kind = "none") => ({
  digest,
  "admission.json": JSON.stringify({ admittedAt: at, ageSeconds: 1, comparison: { kind } }),
});
const live = {
  records: [
    record(a, "2026-01-01T00:00:00.000Z"),
    record(b, "2026-01-01T00:00:04.000Z"),
    record(c, "2026-01-01T00:00:01.000Z", "shadow"),
    record(c, "2026-02-01T00:00:00.000Z"),
  ],
};

test("a release was admitted when its record says so, under either of its names", () => {
  expect(admittedAt(live, a)).toBe(Date.parse("2026-01-01T00:00:00.000Z"));
  expect(admittedAt(live, a.slice(0, 12))).toBe(admittedAt(live, a));
  expect(admittedAt(live, "d".repeat(12))).toBeUndefined();
  expect(admittedAt(live, "")).toBeUndefined();
});

test("a shadow was not admitted for requests", () => {
  expect(admittedAt(live, c)).toBe(Date.parse("2026-02-01T00:00:00.000Z"));
  expect(admittedAt({ records: live.records.slice(0, 3) }, c)).toBeUndefined();
});

test("N-03 of two releases the one that was admitted first, or at all, comes first; of those of one deployment none", () => {
  expect(admittedBefore(live, a, c)).toBe(true);
  expect(admittedBefore(live, c, a)).toBe(false);
  expect(admittedBefore(live, a, b)).toBeUndefined();
  expect(admittedBefore(live, a, "d".repeat(12))).toBe(true);
  expect(admittedBefore(live, "d".repeat(12), a)).toBe(false);
  expect(admittedBefore({ records: [] }, a, b)).toBeUndefined();
});
