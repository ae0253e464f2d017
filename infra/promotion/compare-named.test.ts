import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Comparison } from "../../contracts/comparison.ts";
import type { Slot } from "../../contracts/serving-config.ts";
import { findRelease } from "../registry.ts";
import { type Live, nothingLive } from "../live.ts";
import { compareNamed } from "./compare-named.ts";
import { parseStack } from "./stacks.ts";
import { comparisonOf } from "../../test/releases.ts";
import { registerSample, TwoPlaces } from "./testing/two-places.ts";

// `releases sync` beside an environment that serves, with fakes of the registries; a fake scores. Does not prove that the
// scores are right.
let places: TwoPlaces;
beforeAll(async () => void (places = await new TwoPlaces().start()));
afterAll(() => places.stop());

let incumbent: string;
let candidate: string;
let scored: string[];
beforeEach(async () => {
  places.clear();
  scored = [];
  const staging = places.place("staging");
  incumbent = (await registerSample(staging, { weights: "0" })).digest;
  candidate = (await registerSample(staging, { weights: "1" })).digest;
});

const liveWith = (release: string) => ({
  ...nothingLive,
  slots: new Map([["wine", new Map([["blue" as Slot, { weight: 100, release, ready: 1 }]])]]),
});
const text = (more = "", slots = "") => `config:
  isotherm:role: environment
  isotherm:models:
    wine:
${slots || `      blue: { release: "${incumbent}" }\n      green: { release: "${candidate}", from: dev, weight: 0 }`}
      gates: [{ metric: accuracy, atLeast: 0.9 }]
${more}`;

function run(ours: number, file = text(), live: Live = liveWith(incumbent)) {
  return compareNamed(
    parseStack("staging", file),
    live,
    places.place("staging"),
    () => Promise.reject(new Error("dev is gone")),
    async (pair): Promise<Comparison> => {
      scored.push(pair.candidate);
      return comparisonOf(pair, [ours, 0.97]);
    },
  );
}

it("C-01 compares what a hand wrote into a slot with what has the requests, once, and preview then admits it", async () => {
  const [row, ...others] = await run(0.98);
  expect(others).toEqual([]);
  expect(row).toMatchObject({ release: candidate, incumbent, passed: true });
  await run(0.98);
  expect(scored).toEqual([candidate]);

  const rule = { metric: "accuracy", direction: "maximize", tolerance: 0 } as const;
  const admitted = await findRelease(
    places.place("staging").mlflow,
    "wine",
    { release: candidate },
    [{ metric: "accuracy", atLeast: 0.9 }],
    { incumbent: { digest: incumbent, rule, wayOut: "" } },
  );
  expect(JSON.parse(admitted.record["admission.json"] ?? "")).toMatchObject({
    comparison: { kind: "made", incumbent },
  });
});

it("C-01 says of one that is worse that it is", async () => {
  expect(await run(0.96)).toMatchObject([
    { passed: false, text: expect.stringContaining("worse") },
  ]);
});

it("C-01 compares nothing where nothing serves yet, or the file says off, or it was admitted before", async () => {
  expect(await run(1, text(), nothingLive)).toEqual([]);
  expect(await run(1, text("      compare: off\n"))).toEqual([]);
  const registered = places.place("staging");
  const { record } = await findRelease(registered.mlflow, "wine", { release: candidate }, [
    { metric: "accuracy", atLeast: 0.9 },
  ]);
  expect(await run(1, text(), { ...liveWith(incumbent), records: [record] })).toEqual([]);
  expect(scored).toEqual([]);
});

it("C-01 a slot that follows a training is asked only where `compare` is written", async () => {
  const follow = "      blue: { follow: wine }";
  expect(await run(1, text("", follow))).toEqual([]);
  expect(await run(1, text("      compare: { tolerance: 0 }\n", follow))).toMatchObject([
    { release: candidate, passed: true },
  ]);
});

it("T-02 a shadow is compared where its own `compare` is written, and before it gets requests", async () => {
  const slots = (compare: string) =>
    `      blue: { release: "${incumbent}" }\n      shadow: { release: "${candidate}"${compare} }`;
  expect(await run(0.5, text("      compare: { tolerance: 0 }\n", slots("")))).toEqual([]);
  expect(await run(0.98, text("", slots(", compare: { tolerance: 0 }")))).toMatchObject([
    { release: candidate, passed: true },
  ]);
  const registered = places.place("staging");
  const { record } = await findRelease(
    registered.mlflow,
    "wine",
    { release: candidate },
    [{ metric: "accuracy", atLeast: 0.9 }],
    { isShadow: true },
  );
  const shadowed = { ...liveWith(incumbent), records: [record] };
  expect(await run(0.98, text("", slots(", compare: { tolerance: 0 }")), shadowed)).toEqual([]);
  expect(await run(0.98, text(), shadowed)).toMatchObject([{ release: candidate, passed: true }]);
});
