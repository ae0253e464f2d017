import { expect, test } from "vitest";
import { judge } from "../contracts/gates.ts";
import { manifestWith } from "../test/releases.ts";
import type { LiveSlot } from "./live.ts";
import { describeLeaving, describeSlot } from "./traffic-words.ts";

const manifest = manifestWith({ accuracy: 0.97, f1_macro: 0.9 });
const gates = [
  { metric: "accuracy", atLeast: 0.85 },
  { metric: "f1_macro", atLeast: 0.85 },
];
const digest = "81aa52c09e13".padEnd(64, "0");
const release = { digest, manifest, verdict: judge(manifest.evidence, gates) };
const now = (weight: number, of = digest): LiveSlot => ({ weight, release: of, ready: 1 });
const other = "f".repeat(64);

test.each<[string, number, LiveSlot | undefined, string]>([
  ["a new slot", 10, undefined, "0 -> 10 %"],
  ["a weight that rises", 50, now(10), "10 -> 50 %"],
  ["a weight that falls", 0, now(10), "10 -> 0 %"],
  ["another release at weight 0", 0, now(0, other), "stays at 0 %"],
])("a preview says of %s what will happen", (_, weight, live, change) => {
  expect(describeSlot("wine", "green", { weight }, release, live, undefined)).toBe(
    `wine: green ${change}, release 81aa52c09e13 from dev, gates 2/2`,
  );
});

test("a preview says nothing of a slot that stays as it is", () => {
  expect(describeSlot("wine", "green", { weight: 10 }, release, now(10), "dev")).toBeUndefined();
  expect(describeSlot("wine", "shadow", { percent: 50 }, release, now(0), "dev")).toBeUndefined();
});

test("a shadow's share is of copies; where the stack file says whence a release comes, that is said", () => {
  expect(describeSlot("wine", "shadow", { percent: 50 }, release, undefined, "staging")).toBe(
    "wine: shadow gets a copy of 50 %, release 81aa52c09e13 from staging, gates 2/2",
  );
});

test("a slot that left the stack file is named", () => {
  expect(describeLeaving("wine", "green", now(10))).toBe("wine: green 10 -> 0 %, its servers go");
  expect(describeLeaving("wine", "blue", now(0))).toBe("wine: blue had 0 %, its servers go");
  expect(describeLeaving("wine", "shadow", now(0))).toBe(
    "wine: shadow gets no more copies, its servers go",
  );
});
