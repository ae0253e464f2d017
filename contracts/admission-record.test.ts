import { expect, test } from "vitest";
import { admittedThen, isShadowRecord, recordName } from "./admission-record.ts";

const digest = "81aa52c09e13".padEnd(64, "0");
const record = (kind: string) => ({
  digest,
  "admission.json": JSON.stringify({
    admittedAt: "2026-01-02T03:04:05.000Z",
    ageSeconds: 60,
    comparison: { kind },
  }),
});

test("T-02 a shadow's record is told from the one that lets its release have requests, by what it says and by its name", () => {
  expect(isShadowRecord(record("shadow"))).toBe(true);
  expect(recordName("wine", digest, record("shadow"))).toBe("release-shadow-wine-81aa52c09e13");
  for (const kind of ["none", "off", "made"]) {
    expect(isShadowRecord(record(kind))).toBe(false);
    expect(recordName("wine", digest, record(kind))).toBe("release-wine-81aa52c09e13");
  }
});

test("a record that cannot be read says nothing, and is no shadow's", () => {
  const broken: Record<string, string>[] = [
    {},
    { "admission.json": "{" },
    { "admission.json": "[]" },
  ];
  for (const one of broken) {
    expect(isShadowRecord(one)).toBe(false);
    expect(admittedThen(one)).toBeUndefined();
  }
  expect(admittedThen(record("shadow"))).toEqual({
    admittedAt: "2026-01-02T03:04:05.000Z",
  });
});
