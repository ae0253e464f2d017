import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ModelContract } from "../../../contracts/model-contract.ts";
import { buckets } from "../../../contracts/names.ts";
import type { ShadowResult } from "../../../contracts/shadow.ts";
import { storeToy, toyContract, toyGraph } from "../../../serving-image/testing/toy-release.ts";
import { FakePlatform } from "../../testing/platform.ts";
import { serve, type Served, type Server } from "../testing/served-log.ts";
import { compareShadow, type ShadowOptions } from "./compare-shadow.ts";

const from = new Date("2026-03-04T10:00:00.000Z");
const to = new Date("2026-03-04T12:00:00.000Z");
const after = (seconds: number, time = from) => new Date(time.getTime() + seconds * 1000);
const numbers: Partial<ModelContract> = {
  task: "regression",
  outputs: [{ name: "u", dataType: "FP32", shape: [-1] }],
  predictions: "u",
};
const numberContract: ModelContract = { ...toyContract, ...numbers };
delete numberContract.classes;
delete numberContract.probabilities;

const platform = new FakePlatform();
let blue: Server;
let shadow: Server;
let numberBlue: Server;
let numberShadow: Server;

beforeAll(async () => {
  await platform.start();
  const store = async (slope: number, contract?: Partial<ModelContract>) => {
    const graph = toyGraph(slope);
    return (await storeToy(platform.s3, { graph, ...(contract && { contract }) })).release;
  };
  blue = { release: await store(1), contract: toyContract, slot: "blue" };
  shadow = { release: await store(-1), contract: toyContract, slot: "shadow" };
  numberBlue = { release: await store(1, numbers), contract: numberContract, slot: "blue" };
  numberShadow = { release: await store(-1, numbers), contract: numberContract, slot: "shadow" };
});
afterAll(() => platform.stop());
beforeEach(() => {
  for (const key of platform.s3.objects.keys()) {
    if (key.includes("/audit/")) platform.s3.objects.delete(key);
  }
});

function write(server: Server, answers: readonly Served[], now = after(-1, to)): Promise<void> {
  return serve(platform.services().objects, server, answers, now);
}

function compare(more: Partial<ShadowOptions> = {}): Promise<ShadowResult[]> {
  const { objects } = platform.services();
  const place = { objects, bucket: buckets.releases, environment: "prod", model: "toy" };
  const rules = { minimumPairs: 2, tolerance: 0.01 };
  return compareShadow({ ...place, window: { from, to }, ...rules, ...more });
}

async function only(more: Partial<ShadowOptions> = {}): Promise<ShadowResult> {
  const [result, ...others] = await compare(more);
  expect(others).toEqual([]);
  return result!;
}

/** Requests of one row, a second apart. */
function requests(
  count: number,
  predict: (place: number) => number,
  change: (place: number) => Partial<Served> = () => ({}),
): Served[] {
  return Array.from({ length: count }, (_, place) => ({
    id: `request-${place}`,
    at: after(place + 1),
    rows: [[place, 2, 3]],
    predictions: [predict(place)],
    ...change(place),
  }));
}

describe("a shadow beside the primary", () => {
  it("T-02 tells the share of rows with another class, how probabilities differ, and which rows differ most", async () => {
    const sure = (chance: number) => ({ probabilities: [[chance, 1 - chance, 0]] });
    await write(
      blue,
      requests(
        10,
        () => 0,
        () => ({ ...sure(0.75), durationMs: 2 }),
      ),
    );
    await write(
      shadow,
      requests(
        10,
        (place) => (place < 3 ? 1 : 0),
        (place) => ({ ...sure(place < 3 ? 0.25 - place / 16 : 0.75), durationMs: place + 1 }),
      ),
    );
    const result = await only();
    expect(result).toMatchObject({
      verdict: "compared",
      release: shadow.release,
      primary: blue.release,
      pairs: 10,
      rows: 10,
      disagreement: 0.3,
      probability: 0.625,
      answered: 1,
      sampled: 1,
      unpaired: { primary: 0, shadow: 0, earlier: 0 },
      durationMs: { primary: { p50: 2, p99: 2 }, shadow: { p50: 5, p99: 10 } },
    });
    expect(result.absolute).toBeUndefined();
    expect(result.largest).toEqual(
      [2, 1, 0].map((place) => ({
        requestId: `request-${place}`,
        row: 0,
        time: after(place + 1).toISOString(),
        primary: "first",
        shadow: "second",
        probability: 0.5 + place / 16,
        inputs: [place, 2, 3],
      })),
    );
  });

  it("compares classes by their names, in whatever order a release has them", async () => {
    const turned = { ...toyContract, classes: ["third", "second", "first"] };
    const { release } = await storeToy(platform.s3, { contract: turned });
    await write(
      blue,
      requests(
        3,
        () => 0,
        () => ({ probabilities: [[0.75, 0.25, 0]] }),
      ),
    );
    await write(
      { ...shadow, release, contract: turned },
      requests(
        3,
        () => 2,
        () => ({ probabilities: [[0, 0.25, 0.75]] }),
      ),
    );
    expect(await only()).toMatchObject({ pairs: 3, disagreement: 0, probability: 0, largest: [] });
  });

  it("tells mean and largest difference of numbers, absolute and relative", async () => {
    await write(
      numberBlue,
      requests(4, () => 2),
    );
    await write(
      numberShadow,
      requests(4, (place) => [2, 2.0078125, 4, 1][place]!),
    );
    const result = await only();
    expect(result.absolute).toEqual({ mean: (0.0078125 + 2 + 1) / 4, max: 2 });
    expect(result.relative?.mean).toBeCloseTo((0.0078125 / 2.0078125 + 0.5 + 0.5) / 4, 12);
    expect(result).toMatchObject({ disagreement: 0.5, tolerance: 0.01, relative: { max: 0.5 } });
    expect((await only({ tolerance: 0.001 })).disagreement).toBe(0.75);
  });

  it("NaN agrees with NaN alone, and is in no mean", async () => {
    await write(
      numberBlue,
      requests(4, (place) => [1, NaN, NaN, Infinity][place]!),
    );
    await write(
      numberShadow,
      requests(4, (place) => [1, NaN, 1, -Infinity][place]!),
    );
    const result = await only();
    expect(result).toMatchObject({
      disagreement: 0.5,
      nonFinite: { primary: 3, shadow: 2 },
      absolute: { mean: 0, max: 0 },
    });
    expect(result.largest[0]).toMatchObject({ requestId: "request-2", primary: "NaN", shadow: 1 });
  });

  it("reads answers of many rows, packed as the servers pack them, and names the row", async () => {
    const rows = Array.from({ length: 300 }, (_, row) => [row, row / 2, -row]);
    const many = (change: number) => [
      {
        id: "many",
        at: after(1),
        rows,
        predictions: rows.map((_, row) => row + (row === 7 ? change : 1)),
      },
      { id: "more", at: after(2), rows, predictions: rows.map((_, row) => row) },
    ];
    await write(numberBlue, many(1));
    await write(numberShadow, many(3));
    const logs = [...platform.s3.objects].filter(([key]) => key.includes("/audit/"));
    for (const [, bytes] of logs) {
      expect(String(gunzipSync(bytes)).match(/"(inputs|u)":\{"dataType":"FP32"/g)).toHaveLength(4);
    }
    const result = await only();
    expect(result).toMatchObject({ pairs: 2, rows: 600, disagreement: 1 / 600 });
    expect(result.largest).toMatchObject([{ requestId: "many", row: 7, inputs: [7, 3.5, -7] }]);
  });

  it("tells inputs as the policy of the log lets it: redacted ones are null, and left out where they are not logged", async () => {
    const hidden = { policy: { log: "all", redact: ["b"] } } as const;
    await write(
      { ...blue, ...hidden },
      requests(2, () => 0),
    );
    await write(
      { ...shadow, ...hidden },
      requests(2, () => 1),
    );
    expect((await only()).largest.map(({ inputs }) => inputs)).toEqual([
      [0, null, 3],
      [1, null, 3],
    ]);
    platform.s3.objects.forEach((_, key) => {
      if (key.includes("/audit/")) platform.s3.objects.delete(key);
    });
    const answers = { policy: { log: "answers", redact: [] } } as const;
    await write(
      { ...blue, ...answers },
      requests(2, () => 0),
    );
    await write(
      { ...shadow, ...answers },
      requests(2, () => 1),
    );
    const result = await only();
    expect(result.disagreement).toBe(1);
    for (const row of result.largest) expect(row).not.toHaveProperty("inputs");
  });

  it("counts an answer that is logged twice once, and leaves an id out that stands for two questions", async () => {
    await write(
      blue,
      requests(4, () => 0),
    );
    const [again] = requests(1, () => 0);
    const [, other] = requests(
      2,
      () => 0,
      () => ({ rows: [[5, 6, 7]] }),
    );
    await write(blue, [again!, other!]);
    await write(
      shadow,
      requests(4, () => 1),
    );
    const result = await only();
    expect(result).toMatchObject({
      pairs: 3,
      repeated: { primary: 1, shadow: 0 },
      ambiguous: 1,
      unpaired: { primary: 0, shadow: 0 },
    });
    expect(result.largest.map(({ requestId }) => requestId)).not.toContain("request-1");
  });

  it("does not look at another model's answers, whatever their ids", async () => {
    await write(
      blue,
      requests(3, () => 0),
    );
    await write(
      { ...shadow, model: "other" },
      requests(3, () => 1),
    );
    await expect(only()).resolves.toMatchObject({ verdict: "no-shadow", unpaired: { earlier: 3 } });
  });

  it("T-02 counts what one side alone answered, and tells answers of before the shadow from those that it did not answer", async () => {
    await write(
      blue,
      requests(10, () => 0),
    );
    const answered = requests(8, () => 0).slice(2);
    await write(shadow, [
      ...answered.filter(({ id }) => id !== "request-5"),
      { id: "nobody's", at: after(60), rows: [[1, 2, 3]], predictions: [0] },
    ]);
    expect(await only()).toMatchObject({
      pairs: 5,
      unpaired: { primary: 3, shadow: 1, earlier: 2 },
      answered: 5 / 8,
      disagreement: 0,
    });
  });

  it("pairs across the window's edges by the time of the client's answer, though clocks differ", async () => {
    const at = [after(-1), after(1), after(-1, to), after(1, to)];
    const skewed = (seconds: number) =>
      requests(4, () => 0).map((each, place) => ({ ...each, at: after(seconds, at[place]!) }));
    await write(blue, skewed(0));
    for (const seconds of [-5, 5]) {
      await write(shadow, skewed(seconds));
      expect(await only()).toMatchObject({
        pairs: 2,
        unpaired: { primary: 0, shadow: 0, earlier: 0 },
      });
    }
  });

  it("says nothing under a minimum of pairs: that is no agreement", async () => {
    await write(
      blue,
      requests(3, () => 0),
    );
    await write(
      shadow,
      requests(3, () => 0),
    );
    const result = await only({ minimumPairs: 4 });
    expect(result).toMatchObject({ verdict: "not-enough-data", pairs: 3, largest: [] });
    expect(result.message).toContain("at least 4 are needed");
    for (const name of ["disagreement", "probability", "nonFinite", "durationMs"]) {
      expect(result).not.toHaveProperty(name);
    }
    await write({ ...shadow, lost: 5 }, []);
    expect(await only({ minimumPairs: 4 })).toMatchObject({ verdict: "logs-lost" });
  });

  it("tells no shadow, no traffic, lost logs and no logs apart", async () => {
    expect(await only()).toMatchObject({ verdict: "no-logs" });
    await write(blue, [], after(60));
    expect(await only()).toMatchObject({ verdict: "no-traffic" });
    await write({ ...blue, lost: 3 }, [], after(60));
    expect(await only()).toMatchObject({ verdict: "logs-lost", observed: 3 });
    await write(
      blue,
      requests(3, () => 0),
    );
    expect(await only()).toMatchObject({ verdict: "no-shadow", primary: blue.release });
  });

  it("says so where the two answers cannot be held against each other", async () => {
    await write(
      blue,
      requests(3, () => 0),
    );
    await write(
      { ...numberShadow },
      requests(3, () => 0),
    );
    expect(await only()).toMatchObject({ verdict: "not-comparable", incomparable: 3, answered: 1 });
  });

  it("tells each two releases apart, and looks at one shadow where it is told to", async () => {
    const green = { ...blue, slot: "green", release: numberBlue.release } as const;
    const { release } = await storeToy(platform.s3, { graph: toyGraph(2) });
    const all = requests(8, () => 0);
    await write(blue, all.slice(0, 5));
    await write({ ...green, contract: toyContract, release }, all.slice(5));
    await write(shadow, requests(8, () => 1).slice(0, 3));
    const { release: later } = await storeToy(platform.s3, { graph: toyGraph(3) });
    await write({ ...shadow, release: later }, all.slice(3, 7));
    const found = await compare();
    const byReleases = found.map((each) => [each.release, each.primary, each.pairs]);
    expect(new Set(byReleases.map(String))).toEqual(
      new Set(
        [
          [shadow.release, blue.release, 3],
          [later, blue.release, 2],
          [later, release, 2],
        ].map(String),
      ),
    );
    expect(found.map(({ unpaired }) => unpaired.primary).toSorted()).toEqual([0, 0, 1]);
    const chosen = await compare({ release: shadow.release });
    expect(chosen.every((each) => each.release === shadow.release)).toBe(true);
  });

  it("looks at the same sample of both sides where there are too many requests to hold", async () => {
    const many = requests(
      400,
      (place) => place % 2,
      () => ({ at: after(1) }),
    );
    await write(blue, many);
    await write(
      shadow,
      requests(
        400,
        () => 0,
        () => ({ at: after(1) }),
      ),
    );
    const result = await only({ mostBytes: 80_000 });
    expect(result.sampled).toBeLessThan(1);
    expect(result.pairs).toBeGreaterThan(30);
    expect(result.pairs).toBeLessThan(120);
    expect(result.unpaired).toEqual({ primary: 0, shadow: 0, earlier: 0 });
    expect(Math.abs(result.disagreement! - 0.5)).toBeLessThan(0.25);
  });
});
