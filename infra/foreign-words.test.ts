import { expect, test } from "vitest";
import type { Slot } from "../contracts/serving-config.ts";
import { parseConfig } from "./config.ts";
import { describeForeignChanges } from "./foreign-words.ts";
import { nothingLive, undoing, type Live, type LiveSlot } from "./live.ts";
import type { EnvironmentConfig } from "./schema.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);
const changed = { manager: "kubectl-edit", at: "2026-01-02T03:04:05.000Z" };
const { models } = parseConfig({
  "isotherm:role": "environment",
  "isotherm:target": { kind: "cluster" },
  "isotherm:models": {
    wine: {
      gates: [{ metric: "accuracy", atLeast: 0.85 }],
      blue: { release: a, weight: 90 },
      green: { release: b, weight: 10 },
    },
  },
}) as EnvironmentConfig;

const slots = (blue: Partial<LiveSlot> = {}) => {
  const now: [Slot, LiveSlot][] = [
    ["blue", { release: a, weight: 50, ready: 1, ...blue }],
    ["green", { release: b, weight: 50, ready: 1 }],
  ];
  return new Map([["wine", new Map(now)]]);
};
const routes = (kind: "http" | "grpc") => ({
  ...nothingLive.routes,
  [kind]: new Map([["wine", { changed }]]),
});

test.each<[string, Partial<Live>, string]>([
  [
    "weights",
    { routes: routes("http"), slots: slots() },
    "wine: weights were changed by kubectl-edit at 2026-01-02T03:04:05.000Z, to blue 50, green 50; " +
      "`pulumi up` writes those of the stack file, blue 90, green 10",
  ],
  [
    "weights of gRPC alone",
    { routes: routes("grpc"), slots: slots() },
    "wine: weights of gRPC were changed by kubectl-edit at 2026-01-02T03:04:05.000Z; " +
      "`pulumi up` writes those of the stack file",
  ],
  [
    "the release of a slot",
    { slots: slots({ changed, release: "bbbbbbbbbbbb" }) },
    "wine: servers of blue were changed by kubectl-edit at 2026-01-02T03:04:05.000Z, and have release bbbbbbbbbbbb; " +
      "`pulumi up` makes them what the stack file says",
  ],
  [
    "the list of approved releases",
    { approved: { releases: {}, changed } },
    "the list of approved releases was changed by kubectl-edit at 2026-01-02T03:04:05.000Z; " +
      "`pulumi up` writes what the stack file says",
  ],
])("who changed %s past the stack file is said, and what becomes of it", (_, live, text) => {
  expect(describeForeignChanges(models, { ...nothingLive, ...live })).toEqual([text]);
});

test("a list that is gone is said, with what brings it back: no plain preview would see it", () => {
  const live = { ...nothingLive, approved: { releases: {}, isMissing: true } };
  expect(describeForeignChanges(models, live)).toEqual([
    expect.stringMatching(/is not in the cluster.*`pulumi up`.*`pulumi refresh`$/),
  ]);
});

test("nothing is said where nobody changed anything", () => {
  expect(describeForeignChanges(models, { ...nothingLive, slots: slots() })).toEqual([]);
});

test("a change is undone once: the next program writes what this one wrote", () => {
  const wrote = undoing({ changed, undone: "kubectl-scale 2026-01-01T00:00:00.000Z" });
  expect(wrote).toBe("kubectl-edit 2026-01-02T03:04:05.000Z");
  expect(undoing({ undone: wrote })).toBe(wrote);
  expect(undoing()).toBeUndefined();
});
