import { expect, test } from "vitest";
import { Hold, holdLabels, holdName, parseHold } from "./hold.ts";

const release = "a".repeat(64);
const hold = {
  release,
  reason: "answers are too slow",
  by: "alice@example.com",
  at: "2026-01-02T03:04:05Z",
};
const object = {
  metadata: { name: holdName("wine", release), labels: holdLabels("wine", release) },
  data: hold,
};

test("a hold is found by its model and the first digits of its release", () => {
  expect(object.metadata.name).toBe("hold-wine-aaaaaaaaaaaa");
  expect(object.metadata.labels).toMatchObject({
    "isotherm.dev/model": "wine",
    "isotherm.dev/hold": "aaaaaaaaaaaa",
  });
  expect(parseHold(object)).toEqual({ ...hold, model: "wine" });
});

test.each([
  ["no reason", { ...hold, reason: "  " }, /data\.reason/],
  ["the first digits of a release", { ...hold, release: "aaaaaaaaaaaa" }, /data\.release/],
  ["no time", { ...hold, at: "yesterday" }, /data\.at/],
  ["a key of another kind", { ...hold, until: "tomorrow" }, /until/],
])("a hold with %s is an error that names the object, not a lifted hold", (_, data, mistake) => {
  expect(Hold.safeParse(data).success).toBe(false);
  const read = () => parseHold({ ...object, data });
  expect(read).toThrow(/^ConfigMap hold-wine-aaaaaaaaaaaa is labelled as a hold and is none/);
  expect(read).toThrow(mistake);
});

test("a hold without the label of its model is an error", () => {
  expect(() => parseHold({ metadata: { name: "hold-x" }, data: hold })).toThrow(
    "label isotherm.dev/model is missing",
  );
});
