import { describe, expect, it } from "vitest";
import * as ops from "./ops.ts";
import { differences } from "./testing/finite-differences.ts";
import { differentiable } from "./testing/operators.ts";

/**
 * Compares the first and second derivatives of every operator with central differences, in 64-bit floats
 * (in 32-bit floats what onnxruntime has only there).
 * Does not prove anything about speed, nor about points where an operator has no derivative.
 */
/** What gives whole numbers, booleans or steps. */
const withoutGradient = [
  "and",
  "argMax",
  "equal",
  "greater",
  "isNaN",
  "less",
  "not",
  "oneHot",
  "or",
  "sign",
];

describe("every operator", () => {
  it("is either compared with finite differences, or known to have no gradient", () => {
    const known = [...Object.keys(differentiable), ...withoutGradient];
    expect(Object.keys(ops).sort()).toEqual(known.sort());
  });

  const probes = Object.entries(differentiable).flatMap(([name, ways]) =>
    Object.entries(ways).map(([way, probe]) => [name, way, probe] as const),
  );
  it.each(probes)("has the derivatives that finite differences show: %s, %s", async (...row) => {
    const { first, second } = await differences(row[2]);
    const rounding = row[2].type === "float32" ? 1e-4 : 1e-8;
    expect(first).toBeLessThan(rounding);
    expect(second).toBeLessThan(10 * rounding);
  });
});
