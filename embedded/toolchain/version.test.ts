import { describe, expect, it } from "vitest";
import { atLeast, compareVersions, findVersion } from "./version.ts";

describe("versions", () => {
  it("finds the version in what a command prints about itself", () => {
    expect(findVersion("go version go1.26.8 linux/amd64")).toEqual([1, 26, 8]);
    expect(findVersion("v3.220.0\n")).toEqual([3, 220, 0]);
    expect(findVersion("Python 3.11.2")).toEqual([3, 11, 2]);
    expect(findVersion("conntrack 1.4")).toEqual([1, 4, 0]);
    expect(findVersion("development build")).toBeUndefined();
  });

  it("compares numbers, not letters", () => {
    expect(compareVersions([1, 9, 0], [1, 10, 0])).toBeLessThan(0);
    expect(compareVersions([3, 220, 0], [3, 220, 0])).toBe(0);
    expect(compareVersions([2, 0, 0], [1, 99, 99])).toBeGreaterThan(0);
  });

  it("takes the minimum itself, and nothing that has no version", () => {
    expect(atLeast("v3.220.0", "3.220.0")).toBe(true);
    expect(atLeast("v3.219.9", "3.220.0")).toBe(false);
    expect(atLeast("unknown", "3.220.0")).toBe(false);
  });

  it("refuses a minimum that is no version", () => {
    expect(() => atLeast("1.2.3", "latest")).toThrow('not a version: "latest"');
  });
});
