import { expect, test } from "vitest";
import { clockAllowance, freshnessOf } from "./freshness.ts";

const trainedAt = "2026-01-02T03:04:05.000Z";
const after = (seconds: number) => new Date(Date.parse(trainedAt) + 1_000 * seconds).toISOString();

test.each<[number, number | undefined, ReturnType<typeof freshnessOf>]>([
  [3_600, 3_600, { ageSeconds: 3_600, fault: undefined }],
  [3_600.4, 3_600, { ageSeconds: 3_601, fault: "stale" }],
  [3_601, 3_600, { ageSeconds: 3_601, fault: "stale" }],
  [1e9, undefined, { ageSeconds: 1e9, fault: undefined }],
  [-clockAllowance, 0, { ageSeconds: 0, fault: undefined }],
  [-clockAllowance - 1, 3_600, { ageSeconds: 0, fault: "early" }],
  [-1e9, undefined, { ageSeconds: 0, fault: "early" }],
])("U-07 %d s after it was trained, with a limit of %s s", (seconds, limit, freshness) => {
  expect(freshnessOf(trainedAt, after(seconds), limit)).toEqual(freshness);
});
