import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alphabetProblems, below, petName, randomString } from "./generate.ts";
import type { Alphabet } from "./generate.ts";

const alphabet = (rest: Partial<Alphabet>): Alphabet => ({
  length: 16,
  lower: true,
  upper: true,
  numeric: true,
  special: true,
  minLower: 0,
  minUpper: 0,
  minNumeric: 0,
  minSpecial: 0,
  overrideSpecial: "",
  ...rest,
});

/** Bytes from a list, for seeing what is done with them. */
function scripted(...bytes: number[]): (count: number) => Uint8Array {
  return (count) => Uint8Array.from(bytes.splice(0, count));
}

describe("random numbers", () => {
  it("throw away draws that would make some values likelier", () => {
    // 256 = 25 * 10 + 6: the last six byte values would favour 0 to 5.
    expect(below(10, scripted(250, 255, 249))).toBe(9);
    expect(below(10, scripted(253, 13))).toBe(3);
  });

  it("take more bytes for larger bounds", () => {
    expect(below(1000, scripted(0x01, 0x00))).toBe(256);
    expect(below(256, scripted(255))).toBe(255);
  });

  it("stay below their bound", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (bound) => {
        const drawn = below(bound);
        expect(drawn).toBeGreaterThanOrEqual(0);
        expect(drawn).toBeLessThan(bound);
      }),
    );
  });

  it("refuse to draw from nothing", () => {
    expect(() => below(0)).toThrow(/cannot draw from 0/);
  });
});

describe("random strings", () => {
  it("have the length asked for and the minimum of each class", () => {
    const minimum = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(
        fc.record({
          minLower: minimum,
          minUpper: minimum,
          minNumeric: minimum,
          minSpecial: minimum,
        }),
        fc.integer({ min: 20, max: 40 }),
        (minimums, length) => {
          const text = randomString(alphabet({ ...minimums, length }));
          const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
          expect(text).toHaveLength(length);
          expect(count(/[a-z]/g)).toBeGreaterThanOrEqual(minimums.minLower);
          expect(count(/[A-Z]/g)).toBeGreaterThanOrEqual(minimums.minUpper);
          expect(count(/[0-9]/g)).toBeGreaterThanOrEqual(minimums.minNumeric);
          expect(count(/[^a-zA-Z0-9]/g)).toBeGreaterThanOrEqual(minimums.minSpecial);
        },
      ),
    );
  });

  it("use no class that is turned off, and the special characters given", () => {
    const plain = randomString(alphabet({ length: 200, special: false, upper: false }));
    expect(plain).toMatch(/^[a-z0-9]{200}$/);
    const special = alphabet({ length: 200, lower: false, upper: false, numeric: false });
    expect(randomString({ ...special, overrideSpecial: "_-" })).toMatch(/^[_-]{200}$/);
  });

  it.each([
    [{ length: 0 }, "length is 0, must be at least 1"],
    [{ length: 3, minLower: 2, minUpper: 2 }, "length is 3, but the minimums ask for 4 characters"],
    [{ lower: false, upper: false, numeric: false, special: false }, "every class"],
    [{ special: false, minSpecial: 1 }, "minSpecial is 1, but special is turned off"],
  ])("are refused for %j", (rest, reason) => {
    expect(
      alphabetProblems(alphabet(rest))
        .map((problem) => problem.reason)
        .join(),
    ).toContain(reason);
  });
});

describe("pet names", () => {
  it("have the words asked for", () => {
    expect(petName(1, "-")).toMatch(/^[a-z]+$/);
    expect(petName(3, "_").split("_")).toHaveLength(3);
  });
});
