import { describe, expect, test } from "vitest";
import { enforcementOn } from "./enforcement.ts";

describe("the level on a stack", () => {
  test.each([
    ["dev", "advisory"],
    ["cluster", "mandatory"],
    ["prod", "mandatory"],
    [undefined, "advisory"],
  ])("on %s is %s", (stack, level) => {
    expect(enforcementOn(stack)).toBe(level);
  });
});
