import { expect, test } from "vitest";
import type { Answer } from "./job.ts";
import type { RouteState } from "./route-log.ts";
import { countBySlot, failed, graceMs, releasesBySlot, withoutWeight } from "./verdict.ts";

const answer = (sentAt: number, slot: string, more: Partial<Answer> = {}): Answer => ({
  sentAt,
  endedAt: sentAt + 5,
  status: 200,
  slot,
  release: slot,
  ...more,
});
const states: RouteState[] = [
  { generation: 1, weights: { blue: 100, green: 0 }, writtenAt: 0, acceptedAt: 10 },
  { generation: 2, weights: { blue: 0, green: 100 }, writtenAt: 5_000, acceptedAt: 5_010 },
];

test("N-01 an answer of a slot that lost its weight counts from a second after the change was accepted", () => {
  const late = answer(5_010 + graceMs, "blue");
  const answers = [answer(4_000, "blue"), answer(5_010 + graceMs - 1, "blue"), late];
  expect(withoutWeight(answers, states)).toEqual([late]);
});

test("N-01 an answer of a slot that has no weight yet counts", () => {
  const early = answer(3_000, "green");
  expect(withoutWeight([early, answer(4_999, "green"), answer(7_000, "green")], states)).toEqual([
    early,
  ]);
});

test("an answer of a slot that no writing knows counts, and one that failed does not", () => {
  const stray = answer(3_000, "shadow");
  expect(withoutWeight([stray, answer(3_000, "", { status: 503 })], states)).toEqual([stray]);
});

test("what is not 200 has failed; slots and their releases are counted", () => {
  const refused = answer(2_000, "", { status: 503 });
  const answers = [answer(1_000, "blue"), refused, answer(3_000, "green", { release: "r2" })];
  expect(failed(answers)).toEqual([refused]);
  expect(countBySlot(answers, 1_000, 2_000)).toEqual({ blue: 1 });
  expect(releasesBySlot(answers)).toEqual({ blue: ["blue"], green: ["r2"] });
});
