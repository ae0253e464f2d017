import { describe, expect, it } from "vitest";
import { accuracy, aucRoc, deviation, f1, f1Macro, logLoss } from "./scores.ts";

const labels = [0, 0, 1, 1, 2, 2];
const probabilities = [
  [0.8, 0.1, 0.1],
  [0.3, 0.6, 0.1],
  [0.2, 0.7, 0.1],
  [0.1, 0.8, 0.1],
  [0.1, 0.2, 0.7],
  [0.5, 0.2, 0.3],
];

describe("scores", () => {
  it("accuracy is the share of right answers", () => {
    expect(accuracy(labels, probabilities)).toBeCloseTo(4 / 6, 12);
  });

  it("U-06 f1_macro is the plain mean over the classes", () => {
    const [first, second, third] = [2 / 4, 4 / 5, 2 / 3];
    expect(f1Macro(labels, probabilities, 3)).toBeCloseTo((first + second + third) / 3, 12);
  });

  it("f1_macro counts a class that nobody sees as 0", () => {
    expect(
      f1Macro(
        [0, 0],
        [
          [1, 0],
          [1, 0],
        ],
        2,
      ),
    ).toBe(0.5);
  });

  it("log_loss is the mean surprise in nats, and finite where a class was ruled out", () => {
    const surprise = [0.8, 0.3, 0.7, 0.8, 0.7, 0.3].reduce((sum, p) => sum - Math.log(p), 0);
    expect(logLoss(labels, probabilities)).toBeCloseTo(surprise / 6, 12);
    expect(logLoss([0], [[0, 1]])).toBeCloseTo(-Math.log(1e-15), 9);
  });

  it("K-01 auc_roc is the share of pairs in order, a tie counting half", () => {
    expect(aucRoc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).toBeCloseTo(0.75, 12);
    expect(aucRoc([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5])).toBe(0.5);
    expect(aucRoc([0, 1, 0, 1, 1], [0.2, 0.2, 0.1, 0.3, 0.9])).toBeCloseTo(5.5 / 6, 12);
    expect(aucRoc([0, 1], [1, 0])).toBe(0);
    expect(aucRoc([1, 1], [0, 1])).toBeNaN();
  });

  it("f1 is that of class 1", () => {
    const rows = [0.9, 0.8, 0.2, 0.3].map((p) => [1 - p, p]);
    expect(f1([1, 0, 1, 0], rows)).toBeCloseTo(0.5, 12);
    expect(
      f1(
        [0, 0],
        [
          [1, 0],
          [1, 0],
        ],
      ),
    ).toBe(0);
  });

  it("deviation is that of the population", () => {
    expect(deviation([1, 3])).toBe(1);
  });
});
