import { expect, test } from "vitest";
import { compareOf, ruleOf } from "./comparison-rule.ts";
import { parseConfig } from "./config.ts";

const gates = [
  { metric: "pde_loss", below: 1e-3 },
  { metric: "accuracy", atLeast: 0.9 },
];

test("C-01 a release is held against the incumbent in the first gate's metric; better is the side that the gate leaves open", () => {
  expect(ruleOf(gates, { tolerance: 0 })).toEqual({
    metric: "pde_loss",
    direction: "minimize",
    tolerance: 0,
  });
  expect(ruleOf(gates, { metric: "accuracy", tolerance: 0.1 })).toEqual({
    metric: "accuracy",
    direction: "maximize",
    tolerance: 0.1,
  });
  expect(ruleOf(gates, "off")).toBeUndefined();
  expect(() => ruleOf(gates, { metric: "f1", tolerance: 0 })).toThrow(
    "no gate is on f1, so no side of it is the better one; there are gates on pde_loss, accuracy",
  );
});

test("C-01 what a slot asks comes before what the model asks; a slot that follows a training is asked only by name", () => {
  const release = "a".repeat(12);
  expect(compareOf({ release }, {})).toEqual({ tolerance: 0 });
  expect(compareOf({ release }, { compare: "off" })).toBe("off");
  expect(compareOf({ release, compare: "off" }, { compare: { tolerance: 1 } })).toBe("off");
  expect(compareOf({ follow: "wine" }, {})).toBe("off");
  expect(compareOf({ follow: "wine" }, { compare: { tolerance: 1 } })).toEqual({ tolerance: 1 });
});

test("T-02 a shadow is there to find out how it does: nothing but its own `compare` asks anything of it", () => {
  const release = "a".repeat(12);
  expect(compareOf({ release }, {}, "shadow")).toBe("off");
  expect(compareOf({ release }, { compare: { tolerance: 1 } }, "shadow")).toBe("off");
  expect(compareOf({ release, compare: { tolerance: 1 } }, {}, "shadow")).toEqual({ tolerance: 1 });
  expect(compareOf({ release }, { compare: { tolerance: 1 } }, "green")).toEqual({ tolerance: 1 });
});

const parsed = (wine: object) =>
  parseConfig({
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    "isotherm:models": { wine: { gates: [gates[1]], ...wine } },
  });

test("C-01 `compare` is settings or off, which some readers of YAML take for false", () => {
  expect(parsed({ compare: "off" })).toMatchObject({ models: { wine: { compare: "off" } } });
  expect(parsed({ compare: false })).toMatchObject({ models: { wine: { compare: "off" } } });
  expect(parsed({ compare: { metric: "accuracy" } })).toMatchObject({
    models: { wine: { compare: { metric: "accuracy", tolerance: 0 } } },
  });
});

test.each<[object, RegExp]>([
  [{ compare: { tolerance: -1 } }, /models\.wine\.compare\.tolerance: Too small/],
  [{ compare: { metirc: "accuracy" } }, /models\.wine\.compare\.metirc: unknown key/],
  [
    { compare: { metric: "f1" } },
    /models\.wine\.compare\.metric: needs a gate on f1, which says which side is the better one; there are gates on accuracy/,
  ],
  [
    { blue: { release: "a".repeat(12), compare: { metric: "f1" } } },
    /models\.wine\.blue\.compare\.metric: needs a gate on f1/,
  ],
])("%j is a mistake with its path", (wine, message) => {
  expect(() => parsed(wine)).toThrow(message);
});
