import { describe, expect, it } from "vitest";
import { cosine, warmUp } from "./schedule.ts";

describe("learning rates", () => {
  it("fall by half a cosine wave from the first step to the end, and stay there", () => {
    const rate = cosine(1, 4, 0.2);
    [1, 3, 5, 50].forEach((step, index) =>
      expect(rate(step)).toBeCloseTo([1, 0.6, 0.2, 0.2][index]!, 12),
    );
    expect(rate(2)).toBeCloseTo(0.2 + 0.4 * (1 + Math.SQRT1_2), 12);
  });

  it("grow evenly at first, to where the schedule behind starts", () => {
    const rate = warmUp(4, cosine(1, 8));
    [1, 2, 3, 4, 5].forEach((step, index) =>
      expect(rate(step)).toBeCloseTo([0.25, 0.5, 0.75, 1, 1][index]!, 12),
    );
    expect(rate(9)).toBeCloseTo(0.5, 12);
    expect(rate(13)).toBeCloseTo(0, 12);
  });
});
