import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeBound, describeVerdict, Gate, judge } from "./gates.ts";

const heat = [
  { metric: "pde_loss", below: 1e-3 },
  { metric: "val_residual", below: 1e-2 },
];

test("G-01 promotes when both bounds hold", () => {
  expect(judge({ metrics: { pde_loss: 9.99e-4, val_residual: 9.99e-3 } }, heat).passed).toBe(true);
});

test("G-01 refuses a release whose pde_loss equals the bound", () => {
  const verdict = judge({ metrics: { pde_loss: 1e-3, val_residual: 1e-3 } }, heat);
  expect(verdict.passed).toBe(false);
  expect(describeVerdict(verdict)).toBe("gates 1/2: pde_loss 0.001 is not < 0.001");
});

test("G-01 refuses a missing metric and says so", () => {
  const verdict = judge({ metrics: { pde_loss: 1e-9 } }, heat);
  expect(verdict.passed).toBe(false);
  expect(verdict.findings[1]?.text).toBe("val_residual is missing from the run, wanted < 0.01");
});

test.each(["NaN", "Infinity", "-Infinity"] as const)(
  "G-01 refuses %s whatever the bound",
  (value) => {
    for (const kind of ["below", "atMost", "above", "atLeast"] as const) {
      expect(judge({ metrics: { m: value } }, [{ metric: "m", [kind]: 0 }]).passed).toBe(false);
    }
  },
);

test("U-07 accepts an accuracy that equals the bound, which is not strict", () => {
  const gates = [{ metric: "accuracy", atLeast: 0.85 }];
  expect(judge({ metrics: { accuracy: 0.85 } }, gates).passed).toBe(true);
  expect(judge({ metrics: { accuracy: 0.8499 } }, gates).passed).toBe(false);
});

test("evidence that no gate judges is refused", () => {
  const verdict = judge({ metrics: { accuracy: 1 } }, []);
  expect(verdict.passed).toBe(false);
  expect(describeVerdict(verdict)).toBe("no gate is declared");
});

test("a metric is the run's own, not one that every object inherits", () => {
  expect(judge({ metrics: {} }, [{ metric: "constructor", below: 1 }]).passed).toBe(false);
});

test("strict and inclusive bounds differ only at the bound", () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(number, number, (value, bound) => {
      const passes = (kind: string) =>
        judge({ metrics: { m: value } }, [{ metric: "m", [kind]: bound }]).passed;
      expect(passes("atMost")).toBe(passes("below") || value === bound);
      expect(passes("atLeast")).toBe(passes("above") || value === bound);
      expect(passes("below")).toBe(!passes("atLeast"));
    }),
  );
});

describe("a gate as people write it", () => {
  test("needs exactly one bound", () => {
    expect(Gate.safeParse({ metric: "a" }).error?.issues[0]?.message).toContain("exactly one of");
    expect(Gate.safeParse({ metric: "a", below: 1, above: 0 }).success).toBe(false);
    expect(Gate.safeParse({ metric: "a", below: 1 }).success).toBe(true);
  });

  test("knows no other keys and no other names", () => {
    expect(Gate.safeParse({ metric: "a", less: 1 }).success).toBe(false);
    expect(Gate.safeParse({ metric: "a b", below: 1 }).success).toBe(false);
  });

  test("reads as an inequality", () => {
    expect(describeBound({ metric: "a", atLeast: 0.85 })).toBe(">= 0.85");
    expect(describeBound({ metric: "a", below: 1e-3 })).toBe("< 0.001");
  });
});
