import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WeightedSlot } from "../model-slots.ts";
import { largestShare, planPromotion, planRollback, type Slots, type SlotEdit } from "./slots.ts";

const [a, b, c] = ["a".repeat(12), "b".repeat(12), "c".repeat(12)] as const;
const from = "staging";

/** The slots after an edit. */
function edited(slots: Slots, edits: readonly SlotEdit[]): Slots {
  const result: Slots = structuredClone(slots);
  for (const { slot, ...change } of edits) {
    result[slot] = { release: "", weight: 0, ...result[slot], ...change };
  }
  return result;
}
const promoted = (slots: Slots, release: string, weight: number) =>
  edited(slots, planPromotion(slots, { release, from, weight }));

describe("a promotion", () => {
  it("puts a new release beside the one that has all requests, and takes its share from it", () => {
    expect(promoted({ blue: { release: a, weight: 100 } }, b, 10)).toEqual({
      blue: { release: a, weight: 90 },
      green: { release: b, from, weight: 10 },
    });
  });

  it("takes the slot at weight 0, whichever that is", () => {
    const slots = { blue: { release: a, weight: 0 }, green: { release: b, weight: 100 } };
    expect(promoted(slots, c, 25)).toEqual({
      blue: { release: c, from, weight: 25 },
      green: { release: b, weight: 75 },
    });
  });

  it("goes on with a release that has a slot, up to all requests", () => {
    const slots = { blue: { release: a, weight: 90 }, green: { release: b, from, weight: 10 } };
    expect(promoted(slots, b, 100)).toEqual({
      blue: { release: a, weight: 0 },
      green: { release: b, from, weight: 100 },
    });
  });

  it("knows a release by 12 digits and by 64", () => {
    const slots = { blue: { release: a, weight: 90 }, green: { release: b, weight: 10 } };
    expect(planPromotion(slots, { release: "b".repeat(64), from, weight: 10 })).toEqual([]);
  });

  it("made twice changes nothing the second time, and weights are integers that sum to 100 (N-02)", () => {
    const weight = fc.integer({ min: 0, max: 100 });
    const digest = fc.constantFrom(a, b, c);
    fc.assert(
      fc.property(weight, weight, digest, fc.boolean(), (has, gets, release, alone) => {
        const green = { green: { release: b, weight: 100 - has } };
        const slots: Slots = alone
          ? { blue: { release: a, weight: 100 } }
          : { blue: { release: a, weight: has }, ...green };
        let once: Slots;
        try {
          once = promoted(slots, release, gets);
        } catch {
          // No slot is free, or the only slot would get less than all.
          return;
        }
        expect((once.blue?.weight ?? 0) + (once.green?.weight ?? 0)).toBe(100);
        for (const slot of ["blue", "green"] as const) {
          const before = slots[slot];
          if ((before?.weight ?? 0) > 0) expect(once[slot]?.release).toBe(before!.release);
        }
        expect(planPromotion(once, { release, from, weight: gets })).toEqual([]);
      }),
    );
  });

  it("with weight 0 makes a release ready and moves no request", () => {
    expect(promoted({ blue: { release: a, weight: 100 } }, b, 0)).toEqual({
      blue: { release: a, weight: 100 },
      green: { release: b, from, weight: 0 },
    });
  });

  it("of the first release of a model gives it all requests, and nothing less", () => {
    expect(promoted({}, a, 100)).toEqual({ blue: { release: a, from, weight: 100 } });
    expect(() => promoted({}, a, 10)).toThrow("the first release gets all: --weight 100");
  });

  it("is refused where both slots have requests: a slot with requests keeps its release", () => {
    const slots = { blue: { release: a, weight: 90 }, green: { release: b, weight: 10 } };
    expect(() => promoted(slots, c, 10)).toThrow("no slot is free: blue has 90 %, green has 10 %");
  });

  it("is refused where weights do not sum to 100, or the one that is wanted is none", () => {
    const slots = { blue: { release: a, weight: 90 } };
    expect(() => promoted(slots, b, 10)).toThrow("weights sum to 90, must be 100");
    for (const weight of [-1, 101, 10.5, Number.NaN]) {
      expect(() => promoted({}, a, weight)).toThrow("no whole number from 0 to 100");
    }
  });

  it("of two releases with requests, one has the most, and is never the one that is left out", () => {
    const slots = { blue: { release: a, weight: 10 }, green: { release: b, weight: 90 } };
    expect(largestShare(slots, c)).toBe(b);
    expect(largestShare(slots, b)).toBe(a);
    expect(largestShare({ blue: { release: a, weight: 100 } }, a)).toBeUndefined();
    expect(largestShare({}, a)).toBeUndefined();
  });
});

describe("a rollback", () => {
  const slots = { blue: { release: a, weight: 90 }, green: { release: b, from, weight: 10 } };
  const inOrder = (...releases: string[]) => {
    const place = (release: string) => releases.indexOf(release);
    return (one: string, another: string) =>
      place(one) < 0 || place(another) < 0 ? undefined : place(one) < place(another);
  };
  const back = (
    given: Slots,
    order: ReturnType<typeof inOrder>,
    floor?: string,
    to?: WeightedSlot,
    trained = order,
  ) =>
    edited(
      given,
      planRollback(
        given,
        to,
        order,
        floor === undefined
          ? undefined
          : { release: floor, isOlder: (release) => trained(release, floor) },
      ).edits,
    );

  it("N-03 gives all requests back to the release that served before", () => {
    const before = { blue: { release: a, weight: 100 }, green: { release: b, from, weight: 0 } };
    expect(back(slots, inOrder(a, b))).toEqual(before);
    const all = { blue: { release: a, weight: 0 }, green: { release: b, from, weight: 100 } };
    expect(back(all, inOrder(a, b))).toEqual(before);
  });

  it("goes by what served first, also where that has the smaller share or is green", () => {
    const late = { blue: { release: b, weight: 95 }, green: { release: a, weight: 5 } };
    expect(back(late, inOrder(a, b)).green?.weight).toBe(100);
  });

  it("made twice changes nothing the second time: it never goes forward again", () => {
    const once = back(slots, inOrder(a, b));
    expect(planRollback(once, undefined, inOrder(a, b))).toEqual({ to: "blue", edits: [] });
  });

  it("asks where nobody knows what served first, and takes the answer", () => {
    expect(() => back(slots, inOrder())).toThrow("say `--to blue` or `--to green`");
    expect(back(slots, inOrder(), undefined, "green").green?.weight).toBe(100);
  });

  it("T-11 never goes past the floor", () => {
    const older = (floor: string) => `release ${a} in blue was trained before the floor ${floor}`;
    expect(() => back(slots, inOrder(a, b), b)).toThrow(older(b));
    expect(() => back(slots, inOrder(a, c, b), c)).toThrow(older(c));
    expect(() => back(slots, inOrder(a, b), c)).toThrow("the cluster does not say whether");
    expect(() => back(slots, inOrder(a, b), b, "blue")).toThrow(older(b));
    // What served first may have been trained last.
    expect(back(slots, inOrder(a, b), b, undefined, inOrder(b, a)).blue?.weight).toBe(100);
    expect(back(slots, inOrder(a, b), a).blue?.weight).toBe(100);
    expect(back(slots, inOrder(c, a, b), c).blue?.weight).toBe(100);
  });

  it("is refused where there is one slot", () => {
    expect(() => back({ blue: { release: a, weight: 100 } }, inOrder(a, b))).toThrow(
      "there is only one slot, so there is nothing to go back to",
    );
  });
});
