import { describe, expect, it } from "vitest";
import { BandedCholesky } from "./banded-cholesky.ts";

const [size, bandwidth] = [13, 6];
/** Diagonally dominant, so positive definite. */
const entry = (i: number, j: number): number => {
  if (i === j) return 20 + i;
  return Math.abs(i - j) <= bandwidth ? Math.sin(1 + Math.min(i, j) + 3 * Math.abs(i - j)) : 0;
};
const band = () =>
  Float64Array.from({ length: size * (bandwidth + 1) }, (_, at) => {
    const [i, k] = [Math.floor(at / (bandwidth + 1)), at % (bandwidth + 1)];
    return k <= i ? entry(i, i - k) : 0;
  });

describe("the Cholesky factor of a band matrix", () => {
  it("solves for one and for several right-hand sides", () => {
    for (const columns of [1, 3]) {
      const wanted = Array.from({ length: size * columns }, (_, at) => Math.cos(at));
      const b = Float64Array.from({ length: size * columns }, (_, at) => {
        const [i, c] = [Math.floor(at / columns), at % columns];
        let sum = 0;
        for (let j = 0; j < size; j++) sum += entry(i, j) * wanted[j * columns + c]!;
        return sum;
      });
      new BandedCholesky(band(), bandwidth).solve(b);
      b.forEach((value, at) => expect(value).toBeCloseTo(wanted[at]!, 12));
    }
  });

  it("names the row where a matrix is not positive definite", () => {
    const indefinite = band();
    indefinite[4 * (bandwidth + 1)] = -1;
    expect(() => new BandedCholesky(indefinite, bandwidth)).toThrow("in row 4");
  });
});
