import { expect, it } from "vitest";
import { sourceOf } from "./source.ts";

const release = "0123456789ab";
const from = (...names: (string | undefined)[]) => {
  const [blue, green, shadow] = names.map((name) => ({ release, from: name, weight: 50 }));
  return { slots: { blue, green }, shadow };
};

it("a release comes from where it is said, else from where the slots came, else from the environment before", () => {
  expect(sourceOf("prod", from("staging"), "dev")).toBe("dev");
  expect(sourceOf("prod", from("dev"))).toBe("dev");
  expect(sourceOf("prod", from("dev", "staging"))).toBe("staging");
  expect(sourceOf("prod", from(undefined))).toBe("staging");
  expect(sourceOf("staging", from())).toBe("dev");
});

it("a source that nothing says, or that is the target itself, is refused", () => {
  expect(() => sourceOf("qa", from())).toThrow("Say --from <name>");
  expect(() => sourceOf("dev", from())).toThrow("Say --from <name>");
  expect(() => sourceOf("dev", from(), "dev")).toThrow("dev is where it is to go");
});
