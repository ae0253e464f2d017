import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";
import { environment, problemsOf } from "./testing/environment.ts";

// Mistakes in slots, weights and numbers of servers, each by its exact path.

const problemsOfWine = (wine: Record<string, unknown>) =>
  problemsOf({
    "isotherm:models": { wine: { gates: [{ metric: "accuracy", atLeast: 0.85 }], ...wine } },
  });
const slot = (digit: string, weight?: number) => ({ release: digit.repeat(12), weight });

test.each<[string, Record<string, unknown>, string[]]>([
  ["one slot has all", { blue: slot("a") }, []],
  ["90 and 10", { blue: slot("a", 90), green: slot("b", 10) }, []],
  ["100 and a warm slot", { blue: slot("a"), green: slot("b") }, []],
  ["0 and 100", { blue: slot("a", 0), green: slot("b", 100) }, []],
  ["green alone", { green: slot("b", 100) }, []],
  [
    "85 and 10",
    { blue: slot("a", 85), green: slot("b", 10) },
    ["isotherm:models.wine: weights sum to 95, must be 100"],
  ],
  [
    "all zero",
    { blue: slot("a", 0), green: slot("b", 0) },
    ["isotherm:models.wine: weights sum to 0, must be 100"],
  ],
  [
    "a second slot beside one that has all",
    { blue: slot("a"), green: slot("b", 10) },
    ["isotherm:models.wine: weights sum to 110, must be 100"],
  ],
  ["no slot yet", {}, []],
  [
    "a shadow alone",
    { shadow: { release: "c".repeat(12) } },
    [
      "isotherm:models.wine.shadow: copies the requests of a slot: `blue` or `green` is needed beside it",
    ],
  ],
])("N-02 weights, %s: mistakes are those that are there", (_, slots, expected) => {
  expect(problemsOfWine(slots).map(({ path, message }) => `${path}: ${message}`)).toEqual(expected);
});

test("N-02 a weight that is no whole number is a mistake of its own", () => {
  const slots = { blue: slot("a", 99.5), green: slot("b", 0.5) };
  expect(problemsOfWine(slots).map(({ path }) => path)).toEqual([
    "isotherm:models.wine.blue.weight",
    "isotherm:models.wine.green.weight",
  ]);
});

test("what is no slot is named once", () => {
  expect(problemsOfWine({ blue: 3, green: slot("b", 10) }).map(({ path }) => path)).toEqual([
    "isotherm:models.wine.blue",
  ]);
});

test("a slot that follows a training is alone", () => {
  const shadow = { release: "c".repeat(12) };
  const problems = problemsOfWine({ blue: { follow: "wine" }, green: slot("b"), shadow });
  expect(problems.map(({ path }) => path)).toEqual([
    "isotherm:models.wine.green",
    "isotherm:models.wine.shadow",
  ]);
});

test("T-02 a shadow has a share of its own, which no weight counts", () => {
  const shadow = (percent: number) => ({ release: "c".repeat(12), from: "dev", percent });
  expect(problemsOfWine({ blue: slot("a"), shadow: shadow(100) })).toEqual([]);
  expect(problemsOfWine({ blue: slot("a"), shadow: shadow(0) }).map(({ path }) => path)).toEqual([
    "isotherm:models.wine.shadow.percent",
  ]);
});

test.each<[Record<string, unknown>, string[]]>([
  [{ replicas: 3 }, []],
  [{ min: 2, max: 20, cpuPercent: 70 }, []],
  [{ max: 4 }, []],
  [{ replicas: 3, max: 4 }, ["isotherm:models.wine.scale.replicas"]],
  [{ min: 5, max: 4 }, ["isotherm:models.wine.scale.max"]],
  [{ min: 5 }, ["isotherm:models.wine.scale.max"]],
])("K-04 a scale of %j: mistakes are %j", (scale, paths) => {
  expect(problemsOfWine({ blue: slot("a"), scale }).map(({ path }) => path)).toEqual(paths);
});

test.each([
  ["3600s", 3_600],
  ["90m", 5_400],
  ["12h", 43_200],
  ["7d", 604_800],
])("U-07 an age of %s is %i seconds", (maxAge, seconds) => {
  const wine = { ...environment["isotherm:models"].wine, maxAge };
  expect(parseConfig({ ...environment, "isotherm:models": { wine } })).toMatchObject({
    models: { wine: { maxAge: seconds } },
  });
});

test.each(["3600", "1 h", "0s", "week"])("U-07 an age of %j is a mistake", (maxAge) => {
  expect(problemsOfWine({ blue: slot("a"), maxAge }).map(({ path }) => path)).toEqual([
    "isotherm:models.wine.maxAge",
  ]);
});
