import { expect, test } from "vitest";
import type { Comparison } from "../contracts/comparison.ts";
import { judge } from "../contracts/gates.ts";
import { manifestWith } from "../test/releases.ts";
import type { LiveSlot } from "./live.ts";
import { describeGap, describeLeaving, describeSlot, describeWaiting } from "./traffic-words.ts";

const manifest = manifestWith({ accuracy: 0.97, f1_macro: 0.9 });
const gates = [
  { metric: "accuracy", atLeast: 0.85 },
  { metric: "f1_macro", atLeast: 0.85 },
];
const digest = "81aa52c09e13".padEnd(64, "0");
const release = { digest, manifest, verdict: judge(manifest.evidence, gates), record: {} };
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

test("a slot whose servers go before new ones come says that it gives no answers meanwhile", () => {
  const gap = (live: LiveSlot | undefined) => describeGap("heat", "blue", "new pod", live);
  const words =
    "heat: blue, which has 90 % of the requests, gives no answers until its new servers are ready (`surge: replace`)";
  expect(gap({ ...now(90), pod: "old pod" })).toBe(words);
  const changed = { manager: "kubectl-edit", at: "2026-01-02T03:04:05.000Z" };
  expect(gap({ ...now(90), pod: "new pod", changed })).toBe(words);
});

test.each<[string, LiveSlot | undefined]>([
  ["is not there yet", undefined],
  ["has no requests", { ...now(0), pod: "old pod" }],
  ["stays as it is", { ...now(90), pod: "new pod" }],
  ["nothing is known of", now(90)],
])("nothing is said of a slot that %s", (_, live) => {
  expect(describeGap("heat", "blue", "new pod", live)).toBeUndefined();
});

const incumbent = "2f9c0b71d4aa".padEnd(64, "0");
const scored = (accuracy: number, tolerance = 0) => ({
  "admission.json": JSON.stringify({
    comparison: {
      kind: "made",
      incumbent,
      rule: { metric: "accuracy", direction: "maximize", tolerance },
      sha256: "0".repeat(64),
    },
  }),
  "comparison.json": JSON.stringify({
    schema: "isotherm.dev/comparison/v1",
    model: "wine",
    dataSet: { name: "wine", version: "1", sha256: "d".repeat(64), rows: 36 },
    scorer: { image: "training:1" },
    candidate: { release: digest, metrics: { accuracy } },
    incumbent: { release: incumbent, metrics: { accuracy: 0.9704 } },
  } satisfies Comparison),
});

test.each<[string, Record<string, string>, string]>([
  ["better", scored(0.9744), ", beats 2f9c0b71d4aa by 0.004"],
  ["as good", scored(0.9704), ", equals 2f9c0b71d4aa"],
  ["worse, which was tolerated", scored(0.9604, 0.02), ", 0.01 worse than 2f9c0b71d4aa"],
  [
    "not compared",
    { "admission.json": JSON.stringify({ comparison: { kind: "off", incumbent } }) },
    ", not compared with 2f9c0b71d4aa",
  ],
  ["a shadow", { "admission.json": JSON.stringify({ comparison: { kind: "shadow" } }) }, ""],
  ["alone", { "admission.json": JSON.stringify({ comparison: { kind: "none" } }) }, ""],
])(
  "C-01 a preview says of a release that is %s how it did beside the incumbent",
  (_, record, end) => {
    const admitted = { ...release, record };
    expect(describeSlot("wine", "green", { weight: 10 }, admitted, undefined, undefined)).toBe(
      `wine: green 0 -> 10 %, release 81aa52c09e13 from dev, gates 2/2${end}`,
    );
  },
);

test("a model without a slot is told what gives it one: a promotion, or its own training", () => {
  expect(describeWaiting("wine", "staging", false)).toBe(
    "wine: no slot yet; `npm run promote -- wine --to staging`",
  );
  expect(describeWaiting("wine", "dev", true)).toContain("`blue: { follow: wine }`");
});
