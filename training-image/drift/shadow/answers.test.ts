import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { storeToy, toyContract } from "../../../serving-image/testing/toy-release.ts";
import type { Server } from "../testing/served-log.ts";
import { after, requests, ShadowRig } from "../testing/shadow-rig.ts";

const rig = new ShadowRig();
let blue: Server;
let shadow: Server;
let numberBlue: Server;
let numberShadow: Server;

beforeAll(async () => {
  ({ blue, shadow, numberBlue, numberShadow } = await rig.start());
});
afterAll(() => rig.platform.stop());
beforeEach(() => rig.clear());

describe("what a shadow and the primary answered", () => {
  it("T-02 tells the share of rows with another class, how probabilities differ, and which rows differ most", async () => {
    const sure = (chance: number) => ({ probabilities: [[chance, 1 - chance, 0]] });
    await rig.write(
      blue,
      requests(
        10,
        () => 0,
        () => ({ ...sure(0.75), durationMs: 2 }),
      ),
    );
    await rig.write(
      shadow,
      requests(
        10,
        (place) => (place < 3 ? 1 : 0),
        (place) => ({ ...sure(place < 3 ? 0.25 - place / 16 : 0.75), durationMs: place + 1 }),
      ),
    );
    const result = await rig.only();
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
    const { release } = await storeToy(rig.platform.s3, { contract: turned });
    await rig.write(
      blue,
      requests(
        3,
        () => 0,
        () => ({ probabilities: [[0.75, 0.25, 0]] }),
      ),
    );
    await rig.write(
      { ...shadow, release, contract: turned },
      requests(
        3,
        () => 2,
        () => ({ probabilities: [[0, 0.25, 0.75]] }),
      ),
    );
    expect(await rig.only()).toMatchObject({
      pairs: 3,
      disagreement: 0,
      probability: 0,
      largest: [],
    });
  });

  it("tells mean and largest difference of numbers, absolute and relative", async () => {
    await rig.write(
      numberBlue,
      requests(4, () => 2),
    );
    await rig.write(
      numberShadow,
      requests(4, (place) => [2, 2.0078125, 4, 1][place]!),
    );
    const result = await rig.only();
    expect(result.absolute).toEqual({ mean: (0.0078125 + 2 + 1) / 4, max: 2 });
    expect(result.relative?.mean).toBeCloseTo((0.0078125 / 2.0078125 + 0.5 + 0.5) / 4, 12);
    expect(result).toMatchObject({ disagreement: 0.5, tolerance: 0.01, relative: { max: 0.5 } });
    expect((await rig.only({ tolerance: 0.001 })).disagreement).toBe(0.75);
  });

  it("NaN agrees with NaN alone, and is in no mean", async () => {
    await rig.write(
      numberBlue,
      requests(4, (place) => [1, NaN, NaN, Infinity][place]!),
    );
    await rig.write(
      numberShadow,
      requests(4, (place) => [1, NaN, 1, -Infinity][place]!),
    );
    const result = await rig.only();
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
    await rig.write(numberBlue, many(1));
    await rig.write(numberShadow, many(3));
    const logs = [...rig.platform.s3.objects].filter(([key]) => key.includes("/audit/"));
    for (const [, bytes] of logs) {
      expect(String(gunzipSync(bytes)).match(/"(inputs|u)":\{"dataType":"FP32"/g)).toHaveLength(4);
    }
    const result = await rig.only();
    expect(result).toMatchObject({ pairs: 2, rows: 600, disagreement: 1 / 600 });
    expect(result.largest).toMatchObject([{ requestId: "many", row: 7, inputs: [7, 3.5, -7] }]);
  });

  it("tells inputs as the policy of the log lets it: redacted ones are null, and left out where they are not logged", async () => {
    const hidden = { policy: { log: "all", redact: ["b"] } } as const;
    await rig.write(
      { ...blue, ...hidden },
      requests(2, () => 0),
    );
    await rig.write(
      { ...shadow, ...hidden },
      requests(2, () => 1),
    );
    expect((await rig.only()).largest.map(({ inputs }) => inputs)).toEqual([
      [0, null, 3],
      [1, null, 3],
    ]);
    rig.clear();
    const answers = { policy: { log: "answers", redact: [] } } as const;
    await rig.write(
      { ...blue, ...answers },
      requests(2, () => 0),
    );
    await rig.write(
      { ...shadow, ...answers },
      requests(2, () => 1),
    );
    const result = await rig.only();
    expect(result.disagreement).toBe(1);
    for (const row of result.largest) expect(row).not.toHaveProperty("inputs");
  });

  it("says so where the two answers cannot be held against each other", async () => {
    await rig.write(
      blue,
      requests(3, () => 0),
    );
    await rig.write(
      { ...numberShadow },
      requests(3, () => 0),
    );
    expect(await rig.only()).toMatchObject({
      verdict: "not-comparable",
      incomparable: 3,
      answered: 1,
    });
  });
});
