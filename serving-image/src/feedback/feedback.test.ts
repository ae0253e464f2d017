import { describe, expect, it } from "vitest";
import { observedToy, sheetOf, toyInference } from "../../testing/observed.ts";
import { answersOf } from "../observer/answers.ts";
import { QualityWindow } from "./quality.ts";
import { RecentAnswers } from "./recent-answers.ts";

const model = observedToy();

function answers(ids: readonly string[], rows: readonly (readonly number[])[] = [[1, 2, 3]]) {
  return [...answersOf(sheetOf(ids.map((requestId) => toyInference(rows, { requestId }))))];
}

describe("recent answers", () => {
  it("S-03 know what was predicted, row by row, by the names of classes", () => {
    const recent = new RecentAnswers();
    for (const answer of answers(
      ["one"],
      [
        [1, 2, 3],
        [3, 2, 1],
      ],
    ))
      recent.add(model, answer);
    const known = recent.get("one");
    expect(known).toMatchObject({ key: 1, model: "toy", predictions: ["third", "first"] });
    expect(recent.get("one", "another")).toBeUndefined();
    expect(recent.get("two")).toBeUndefined();
  });

  it("take labels once, and only as many as there are rows", () => {
    const recent = new RecentAnswers();
    for (const answer of answers(["one"])) recent.add(model, answer);
    const known = recent.get("one");
    expect(known?.label(["third", "first"])).toBe("mismatch");
    expect(known?.label(["third"])).toBe("joined");
    expect(known?.label(["third"])).toBe("repeated");
  });

  it("are bounded, and the newest stay", () => {
    const recent = new RecentAnswers(10);
    const ids = Array.from({ length: 1_000 }, (_, place) => `request-${place}`);
    for (const answer of answers(ids)) recent.add(model, answer);
    const known = ids.filter((id) => recent.get(id) !== undefined);
    expect(known.length).toBeGreaterThanOrEqual(5);
    expect(known.length).toBeLessThanOrEqual(10);
    expect(known).toEqual(ids.slice(-known.length));
  });

  it("are not those of a shadow: nobody was told them", () => {
    const recent = new RecentAnswers();
    const shadow = toyInference([[1, 2, 3]], { isShadow: true });
    for (const answer of answersOf(sheetOf([shadow]))) recent.add(model, answer);
    expect(recent.get("request-1")).toBeUndefined();
  });
});

describe("quality window", () => {
  it("S-03 is the share of right predictions, labels by name or by index", () => {
    const quality = new QualityWindow({ task: "classification", classes: ["a", "b"] });
    expect(quality.quality).toEqual({ rows: 0 });
    quality.add(["a", "b", "b", "a"], ["a", 1, "a", 0]);
    expect(quality.quality).toEqual({ rows: 4, accuracy: 0.75 });
  });

  it("is of the newest rows", () => {
    const quality = new QualityWindow({ task: "classification" }, 2);
    quality.add(["1", "1", "1"], ["2", "1", "1"]);
    expect(quality.quality).toEqual({ rows: 2, accuracy: 1 });
  });

  it("is the mean absolute error of a regression", () => {
    const quality = new QualityWindow({ task: "regression" });
    quality.add([1, 2], [1.5, 1]);
    expect(quality.quality).toEqual({ rows: 2, error: 0.75 });
  });
});
