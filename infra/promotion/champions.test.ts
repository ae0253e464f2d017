import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Slot } from "../../contracts/serving-config.ts";
import { nothingLive } from "../live.ts";
import { reconcileChampions } from "./champions.ts";
import { parseStack } from "./stacks.ts";
import { registerSample, TwoPlaces } from "./testing/two-places.ts";

let places: TwoPlaces;
beforeAll(async () => void (places = await new TwoPlaces().start()));
afterAll(() => places.stop());
beforeEach(() => places.clear());

const stack = parseStack(
  "staging",
  `config:
  isotherm:role: environment
  isotherm:models:
    wine: { gates: [{ metric: accuracy, atLeast: 0.9 }] }
`,
);
const liveWith = (...slots: [Slot, number, string][]) => ({
  ...nothingLive,
  slots: new Map([
    [
      "wine",
      new Map(slots.map(([slot, weight, release]) => [slot, { weight, release, ready: 1 }])),
    ],
  ]),
});

it("moves the alias champion to the release that has most of the live requests, and then leaves it", async () => {
  const { mlflow, objects } = places.place("staging");
  const one = await registerSample({ mlflow, objects }, { weights: "1" });
  const two = await registerSample({ mlflow, objects }, { weights: "2" });
  const live = liveWith(["blue", 40, one.digest], ["green", 60, two.digest]);
  expect(await reconcileChampions(stack, live, mlflow)).toEqual([
    `wine: version 2, release ${two.digest.slice(0, 12)}, is champion now: it has most of the requests`,
  ]);
  expect(await reconcileChampions(stack, live, mlflow)).toEqual([]);
  // Somebody moved the requests back, and was gone before the alias moved.
  const back = liveWith(["blue", 100, one.digest], ["green", 0, two.digest]);
  expect(await reconcileChampions(stack, back, mlflow)).toHaveLength(1);
  expect((await mlflow.versionByAlias("wine", "champion"))?.version).toBe("1");
});

it("moves none where nothing is served, and says so where the registry does not have the release", async () => {
  const { mlflow } = places.place("staging");
  expect(await reconcileChampions(stack, nothingLive, mlflow)).toEqual([]);
  expect(await reconcileChampions(stack, liveWith(["blue", 100, "a".repeat(64)]), mlflow)).toEqual([
    "wine: the alias champion was not moved: the registry has no version of wine@aaaaaaaaaaaa",
  ]);
});
