import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";
import { checkHolds, describeHeldFollow } from "./holds.ts";
import { nothingLive, type Live } from "./live.ts";
import type { EnvironmentConfig } from "./schema.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);
const hold = (release: string) => ({
  model: "wine",
  release,
  reason: "answers are wrong",
  by: "alice",
  at: "2026-01-02T03:04:05Z",
});
const live = (...releases: string[]): Live => ({ ...nothingLive, holds: releases.map(hold) });

function problemsOf(wine: Record<string, unknown>, now: Live) {
  const config = parseConfig({
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    "isotherm:models": { wine: { gates: [{ metric: "accuracy", atLeast: 0.85 }], ...wine } },
  }) as EnvironmentConfig;
  return checkHolds("prod", config.models, now);
}

const canary = {
  blue: { release: a.slice(0, 12), weight: 90 },
  green: { release: b.slice(0, 12), from: "staging", weight: 10 },
};

test("a release on hold gets no requests; the message says who, why and since when, and shows the edit", () => {
  expect(problemsOf(canary, live(b))).toEqual([
    {
      path: "isotherm:models.wine.green",
      message:
        'release "bbbbbbbbbbbb" is on hold since 2026-01-02T03:04:05Z by alice ("answers are wrong"), ' +
        "so it gets no requests. This edit agrees:\n" +
        '      blue: { release: "aaaaaaaaaaaa", weight: 100 }\n' +
        '      green: { release: "bbbbbbbbbbbb", from: staging, weight: 0 }\n' +
        "    `npm run rollback -- wine --env prod --to blue` writes and applies it; " +
        "or lift the hold: `npm run hold -- wine --release bbbbbbbbbbbb --env prod --lift`",
    },
  ]);
});

test("the edit that the message shows is accepted: the release stays warm", () => {
  const agreed = {
    blue: { ...canary.blue, weight: 100 },
    green: { ...canary.green, weight: 0 },
  };
  expect(problemsOf(agreed, live(b))).toEqual([]);
});

test("a release is on hold under either of its names, and for its own model only", () => {
  const wanted = { blue: { release: a } };
  expect(problemsOf(wanted, live(a))).toHaveLength(1);
  const others: Live = { ...nothingLive, holds: [{ ...hold(a), model: "heat" }] };
  expect(problemsOf(wanted, others)).toEqual([]);
});

test.each([
  ["there is one slot", { blue: { release: a } }, live(a)],
  ["both releases are on hold", canary, live(a, b)],
])("where %s, another release has to come", (_, wanted, now) => {
  for (const { message } of problemsOf(wanted, now)) {
    expect(message).toContain(
      "`npm run promote -- wine --to prod --weight 100` with another release",
    );
  }
  expect(problemsOf(wanted, now).length).toBeGreaterThan(0);
});

test("a slot that follows a training is told the newest release that is not on hold", () => {
  expect(describeHeldFollow("dev", hold(b), "wine", a)).toBe(
    'isotherm:models.wine.blue: follows wine, whose newest release "bbbbbbbbbbbb" is on hold since ' +
      '2026-01-02T03:04:05Z by alice ("answers are wrong"), so it gets no requests. This edit agrees:\n' +
      '      blue: { release: "aaaaaaaaaaaa" }\n' +
      "    Or train again, or lift the hold: `npm run hold -- wine --release bbbbbbbbbbbb --env dev --lift`",
  );
  expect(describeHeldFollow("dev", hold(b), "wine", undefined)).toContain(
    "No older release passes",
  );
});
