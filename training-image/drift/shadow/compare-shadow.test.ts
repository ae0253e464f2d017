import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { storeToy, toyContract, toyGraph } from "../../../serving-image/testing/toy-release.ts";
import type { Server } from "../testing/served-log.ts";
import { to, after, requests, ShadowRig } from "../testing/shadow-rig.ts";

const rig = new ShadowRig();
let blue: Server;
let shadow: Server;
let numberBlue: Server;

beforeAll(async () => {
  ({ blue, shadow, numberBlue } = await rig.start());
});
afterAll(() => rig.platform.stop());
beforeEach(() => rig.clear());

describe("a shadow beside the primary", () => {
  it("counts an answer that is logged twice once, and leaves an id out that stands for two questions", async () => {
    await rig.write(
      blue,
      requests(4, () => 0),
    );
    const [again] = requests(1, () => 0);
    const [, other] = requests(
      2,
      () => 0,
      () => ({ rows: [[5, 6, 7]] }),
    );
    await rig.write(blue, [again!, other!]);
    await rig.write(
      shadow,
      requests(4, () => 1),
    );
    const result = await rig.only();
    expect(result).toMatchObject({
      pairs: 3,
      repeated: { primary: 1, shadow: 0 },
      ambiguous: 1,
      unpaired: { primary: 0, shadow: 0 },
    });
    expect(result.largest.map(({ requestId }) => requestId)).not.toContain("request-1");
  });

  it("does not look at another model's answers, whatever their ids", async () => {
    await rig.write(
      blue,
      requests(3, () => 0),
    );
    await rig.write(
      { ...shadow, model: "other" },
      requests(3, () => 1),
    );
    await expect(rig.only()).resolves.toMatchObject({
      verdict: "no-shadow",
      unpaired: { earlier: 3 },
    });
  });

  it("T-02 counts what one side alone answered, and tells answers of before the shadow from those that it did not answer", async () => {
    await rig.write(
      blue,
      requests(10, () => 0),
    );
    const answered = requests(8, () => 0).slice(2);
    await rig.write(shadow, [
      ...answered.filter(({ id }) => id !== "request-5"),
      { id: "nobody's", at: after(60), rows: [[1, 2, 3]], predictions: [0] },
    ]);
    expect(await rig.only()).toMatchObject({
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
    await rig.write(blue, skewed(0));
    for (const seconds of [-5, 5]) {
      await rig.write(shadow, skewed(seconds));
      expect(await rig.only()).toMatchObject({
        pairs: 2,
        unpaired: { primary: 0, shadow: 0, earlier: 0 },
      });
    }
  });

  it("says nothing under a minimum of pairs: that is no agreement", async () => {
    await rig.write(
      blue,
      requests(3, () => 0),
    );
    await rig.write(
      shadow,
      requests(3, () => 0),
    );
    const result = await rig.only({ minimumPairs: 4 });
    expect(result).toMatchObject({ verdict: "not-enough-data", pairs: 3, largest: [] });
    expect(result.message).toContain("at least 4 are needed");
    for (const name of ["disagreement", "probability", "nonFinite", "durationMs"]) {
      expect(result).not.toHaveProperty(name);
    }
    await rig.write({ ...shadow, lost: 5 }, []);
    expect(await rig.only({ minimumPairs: 4 })).toMatchObject({ verdict: "logs-lost" });
  });

  it("tells no shadow, no traffic, lost logs and no logs apart", async () => {
    expect(await rig.only()).toMatchObject({ verdict: "no-logs" });
    await rig.write(blue, [], after(60));
    expect(await rig.only()).toMatchObject({ verdict: "no-traffic" });
    await rig.write({ ...blue, lost: 3 }, [], after(60));
    expect(await rig.only()).toMatchObject({ verdict: "logs-lost", observed: 3 });
    await rig.write(
      blue,
      requests(3, () => 0),
    );
    expect(await rig.only()).toMatchObject({ verdict: "no-shadow", primary: blue.release });
  });

  it("tells each two releases apart, and looks at one shadow where it is told to", async () => {
    const green = { ...blue, slot: "green", release: numberBlue.release } as const;
    const { release } = await storeToy(rig.platform.s3, { graph: toyGraph(2) });
    const all = requests(8, () => 0);
    await rig.write(blue, all.slice(0, 5));
    await rig.write({ ...green, contract: toyContract, release }, all.slice(5));
    await rig.write(shadow, requests(8, () => 1).slice(0, 3));
    const { release: later } = await storeToy(rig.platform.s3, { graph: toyGraph(3) });
    await rig.write({ ...shadow, release: later }, all.slice(3, 7));
    const found = await rig.compare();
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
    const chosen = await rig.compare({ release: shadow.release });
    expect(chosen.every((each) => each.release === shadow.release)).toBe(true);
  });

  it("looks at the same sample of both sides where there are too many requests to hold", async () => {
    const many = requests(
      400,
      (place) => place % 2,
      () => ({ at: after(1) }),
    );
    await rig.write(blue, many);
    await rig.write(
      shadow,
      requests(
        400,
        () => 0,
        () => ({ at: after(1) }),
      ),
    );
    const result = await rig.only({ mostBytes: 80_000 });
    expect(result.sampled).toBeLessThan(1);
    expect(result.pairs).toBeGreaterThan(30);
    expect(result.pairs).toBeLessThan(120);
    expect(result.unpaired).toEqual({ primary: 0, shadow: 0, earlier: 0 });
    expect(Math.abs(result.disagreement! - 0.5)).toBeLessThan(0.25);
  });
});
