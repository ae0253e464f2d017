import { describe, expect, it } from "vitest";
import { canonicalQuantity } from "./quantity.ts";

// Taken from k8s.io/apimachinery/pkg/api/resource: what a Quantity prints after being read.
describe("canonical quantities", () => {
  it.each([
    ["0.5", "500m"],
    ["1000m", "1"],
    ["1", "1"],
    [2, "2"],
    [0.25, "250m"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["1500Mi", "1500Mi"],
    ["1000Ki", "1000Ki"],
    ["1000", "1k"],
    ["1000000k", "1G"],
    ["0", "0"],
    ["0Gi", "0"],
    ["512Ki", "512Ki"],
    ["100n", "100n"],
    ["0.1n", "1n"],
    ["1e3", "1e3"],
    ["12E", "12E"],
    ["-1.5", "-1500m"],
    [".5Gi", "512Mi"],
  ])("%s is %s", (given, canonical) => {
    expect(canonicalQuantity(given)).toBe(canonical);
  });

  it.each(["", "lots", "1.2.3", "5 Gi", "1Xi", "Gi"])("refuses %j", (text) => {
    expect(canonicalQuantity(text)).toBeUndefined();
  });
});
