import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";
import { type Live, type LiveSlot, nothingLive } from "./live.ts";
import { checkRamps, describeMs, isNewcomer } from "./ramp.ts";
import type { EnvironmentConfig } from "./schema.ts";

const [steady, fresh, unknown] = ["a", "b", "c"].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
];
const record = (digest: string, admittedAt: string) => ({
  digest,
  "admission.json": JSON.stringify({ admittedAt }),
});
const records = [
  record(steady, "2026-01-01T00:00:00.000Z"),
  record(fresh, "2026-02-01T00:00:00.000Z"),
];
const now = new Date("2026-02-02T12:00:00.000Z");
const held = (release: string, weight: number): LiveSlot => ({ release, weight, ready: 1 });

/** An environment whose route was written so many minutes ago. */
const liveWith = (slots: Record<string, LiveSlot>, minutes = 90): Live => ({
  ...nothingLive,
  slots: new Map([["wine", new Map(Object.entries(slots))]]) as Live["slots"],
  routes: {
    ...nothingLive.routes,
    http: new Map([
      ["wine", { writtenAt: new Date(now.getTime() - minutes * 60_000).toISOString() }],
    ]),
  },
  records,
});

function problemsOf(wine: Record<string, unknown>, live: Live): string[] {
  const config = parseConfig({
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    "isotherm:models": {
      wine: {
        gates: [{ metric: "accuracy", atLeast: 0.85 }],
        ramp: { weights: [10, 25, 50, 100], bake: "1h" },
        ...wine,
      },
    },
  }) as EnvironmentConfig;
  return checkRamps(config.models, live, now).map(({ path, message }) => `${path}: ${message}`);
}
const slots = (blue: number, green = 100 - blue, release = fresh) => ({
  blue: { release: steady, weight: blue },
  green: { release, weight: green },
});
const split = (blue: number, minutes?: number) =>
  liveWith({ blue: held(steady, blue), green: held(fresh, 100 - blue) }, minutes);
const green = "isotherm:models.wine.green.weight";

test("T-03 the next step of a ramp is let through when the present one was held as long as it should be", () => {
  expect(problemsOf(slots(75), split(90, 60))).toEqual([]);
  expect(problemsOf(slots(0), split(50, 60))).toEqual([]);
  // A weight that somebody set between two steps goes to the next one.
  expect(problemsOf(slots(75), split(83, 60))).toEqual([]);
});

test("T-03 a step before its time is refused, with how long is left", () => {
  expect(problemsOf(slots(75), split(90, 13))).toEqual([
    `${green}: green keeps 10 % for another 47 min: by the ramp release "bbbbbbbbbbbb" then goes to 25 %`,
  ]);
});

test.each<[string, number, Live, string]>([
  ["from 10 to 50 %", 50, split(90), "green goes from 10 to 25 %, not to 50"],
  ["to all at once", 0, split(90), "green goes from 10 to 25 %, not to 100"],
  ["from nothing to 20 %", 80, split(100), "green goes from 0 to 10 %, not to 20"],
])("T-03 a weight that rises %s is refused, with the step that goes", (_, blue, live, message) => {
  expect(problemsOf(slots(blue), live)).toEqual([
    `${green}: by the ramp (10, 25, 50, 100) ${message}`,
  ]);
});

test("T-03 a new release starts at the first step without a wait, and one that was never admitted is new", () => {
  expect(problemsOf(slots(90), split(100, 0))).toEqual([]);
  const first = liveWith({ blue: held(steady, 100) }, 0);
  expect(problemsOf(slots(90, 10, unknown), first)).toEqual([]);
  expect(problemsOf(slots(50, 50, unknown), first)).toHaveLength(1);
  // In the file the slot has another release than in the cluster, so that it has no share yet.
  expect(problemsOf(slots(75, 25, unknown), split(90))).toHaveLength(1);
});

test("T-03 down is always allowed, at once and all the way, and so is the way back", () => {
  for (const blue of [80, 93, 100]) expect(problemsOf(slots(blue), split(75, 0))).toEqual([]);
  // The newer one has all: what served before gets all back in one step.
  expect(problemsOf(slots(100), split(0, 0))).toEqual([]);
});

test("T-03 leaving the other slot out of the file is no way round", () => {
  const alone = { green: { release: fresh, weight: 100 } };
  expect(problemsOf(alone, split(90))).toEqual([
    expect.stringContaining("green goes from 10 to 25 %, not to 100"),
  ]);
});

test("a first release gets all requests, and without a ramp weights go as they like", () => {
  const first = { blue: { release: fresh, weight: 100 } };
  expect(problemsOf(first, nothingLive)).toEqual([]);
  expect(problemsOf({ ...slots(50), ramp: undefined }, split(90, 0))).toEqual([]);
});

test("who is new is said by when the environment admitted each", () => {
  expect(isNewcomer(split(90), "wine", "green", fresh)).toBe(true);
  expect(isNewcomer(split(10), "wine", "blue", steady)).toBe(false);
});

test.each([
  [{ weights: [25, 10, 100], bake: "1h" }, /ramp\.weights: must rise/],
  [{ weights: [10, 10, 100], bake: "1h" }, /ramp\.weights: must rise/],
  [{ weights: [10, 50], bake: "1h" }, /ramp\.weights: must end at 100/],
  [{ weights: [0, 100], bake: "1h" }, /ramp\.weights\[0\]: Too small/],
  [{ weights: [10, 100] }, /ramp\.bake: is missing/],
  [{ weights: [10, 100], bake: "soon" }, /ramp\.bake: must be a duration/],
])("T-03 a ramp of %j is a mistake", (ramp, message) => {
  expect(() => problemsOf({ ramp }, nothingLive)).toThrow(message);
});

test("T-03 a slot that follows a training has all requests, so a ramp beside it is a mistake", () => {
  expect(() => problemsOf({ blue: { follow: "wine" } }, nothingLive)).toThrow(
    /models\.wine\.ramp: blue follows training "wine", and such a slot has all requests at once/,
  );
});

test.each([
  [40_000, "40 s"],
  [59_001, "1 min"],
  [3_600_000, "1 h"],
  [47 * 60_000, "47 min"],
  [3_900_000, "1 h 5 min"],
  [(2 * 86_400 + 3 * 3_600 + 60) * 1_000, "2 d 3 h"],
])("%d ms read %s", (ms, text) => {
  expect(describeMs(ms)).toBe(text);
});
