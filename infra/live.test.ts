import { expect, test } from "vitest";
import { manifestWith, stored } from "../test/releases.ts";
import { parseConfig } from "./config.ts";
import { checkAgainstLive, nothingLive, recordOf, type Live, type LiveSlot } from "./live.ts";
import type { EnvironmentConfig } from "./schema.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);

function problemsOf(
  wine: Record<string, unknown>,
  slots: Record<string, LiveSlot>,
  releases: Record<string, string> = {},
): string[] {
  const gates = [{ metric: "accuracy", atLeast: 0.85 }];
  const config = parseConfig({
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    "isotherm:models": { wine: { gates, ...wine } },
  }) as EnvironmentConfig;
  const live = {
    ...nothingLive,
    approved: { releases },
    slots: new Map([["wine", new Map(Object.entries(slots))]]),
  };
  return checkAgainstLive(config.models, live as Live).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

const pinned = (digest: string, weight: number) => ({ release: digest.slice(0, 12), weight });
const now = (release: string | undefined, weight: number, ready = 1): LiveSlot => ({
  release,
  weight,
  ready,
});

test("a slot with requests keeps its release; the mistake names the edit that goes", () => {
  expect(problemsOf({ blue: pinned(b, 100) }, { blue: now(a, 100) })).toEqual([
    'isotherm:models.wine.blue.release: blue has 100 % of the requests and keeps release "aaaaaaaaaaaa"; ' +
      'put "bbbbbbbbbbbb" into green and move the weight there, or write `surge: replace`, ' +
      "which takes the servers away first",
  ]);
});

test("its weight and its release cannot change in one edit: the old weight still holds while servers roll", () => {
  const wanted = { blue: pinned(b, 0), green: pinned(a, 100) };
  const [problem, ...others] = problemsOf(wanted, { blue: now(a, 90), green: now(a, 10) });
  expect(problem).toMatch(/^isotherm:models\.wine\.blue\.release: blue has 90 %/);
  expect(others).toEqual([]);
});

test.each<[string, Record<string, unknown>, Record<string, LiveSlot>]>([
  ["nothing is there yet", { blue: pinned(b, 100) }, {}],
  [
    "the slot has no requests",
    { blue: pinned(a, 90), green: pinned(b, 10) },
    { blue: now(a, 100), green: now(a, 0) },
  ],
  ["the release is the same", { blue: pinned(a, 100) }, { blue: now(a, 100) }],
  ["downtime was declared", { blue: pinned(b, 100), surge: "replace" }, { blue: now(a, 100) }],
  [
    "a weight falls although nobody is ready",
    { blue: pinned(a, 100), green: pinned(b, 0) },
    { blue: now(a, 90), green: now(b, 10, 0) },
  ],
])("nothing is wrong where %s", (_, wanted, slots) => {
  expect(problemsOf(wanted, slots)).toEqual([]);
});

test("what somebody else put into a slot with requests is put right at once; a release that is new there is refused", () => {
  const changed = { manager: "kubectl-edit", at: "2026-01-02T03:04:05.000Z" };
  const slots = { blue: { ...now("b".repeat(12), 100), changed } };
  const approved = { "wine-blue": a };
  expect(problemsOf({ blue: pinned(a, 100) }, slots, approved)).toEqual([]);
  expect(problemsOf({ blue: pinned("c".repeat(64), 100) }, slots, approved)).toHaveLength(1);
});

test("G-13 the weight of a slot without a ready server cannot rise", () => {
  const wanted = { blue: pinned(a, 90), green: pinned(b, 10) };
  expect(problemsOf(wanted, { blue: now(a, 100), green: now(b, 0, 0) })).toEqual([
    expect.stringMatching(
      /^isotherm:models\.wine\.green\.weight: green has no ready server, so its weight cannot rise from 0 to 10/,
    ),
  ]);
});

test("a record whose manifest is not what its digest names counts as none", () => {
  const { digest, text } = stored(manifestWith({ accuracy: 0.97 }));
  const record = { digest, "manifest.json": text };
  expect(recordOf({ ...nothingLive, records: [record] }, digest)).toBe(record);
  const altered = { digest, "manifest.json": text.replace("0.97", "0.99") };
  expect(recordOf({ ...nothingLive, records: [altered] }, digest)).toBeUndefined();
});
