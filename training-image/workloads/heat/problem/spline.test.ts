import { describe, expect, it } from "vitest";
import { interpolate, splineWeights } from "./spline.ts";

const points = [0, 0.013, 0.25, 0.5, 0.777, 0.99, 1];
const weigh = (weights: Float64Array, f: (x: number) => number) =>
  weights.reduce((sum, weight, i) => sum + weight * f(i / (weights.length - 1)), 0);

describe("spline interpolation", () => {
  it("is exact for polynomials of its degree", () => {
    for (const degree of [1, 3, 5]) {
      const f = (x: number) => (x - 0.3) ** degree + 2 * x;
      splineWeights(12, points, degree).forEach((weights, k) =>
        expect(weigh(weights, f)).toBeCloseTo(f(points[k]!), 11),
      );
    }
  });

  it("gives the value of a node at that node", () => {
    const [weights] = splineWeights(16, [0.25]);
    weights!.forEach((weight, i) => expect(weight).toBeCloseTo(i === 4 ? 1 : 0, 11));
  });

  it("is of sixth order when quintic: half the spacing leaves a sixtieth of the error", () => {
    const f = (x: number) => Math.sin(5 * x);
    const places = Array.from({ length: 101 }, (_, k) => 0.3 + 0.004 * k);
    const [wide, narrow] = [20, 40].map((n) => {
      const errors = splineWeights(n, places).map(
        (weights, k) => weigh(weights, f) - f(places[k]!),
      );
      return Math.max(...errors.map(Math.abs));
    }) as [number, number];
    expect(wide / narrow).toBeGreaterThan(40);
  });

  it("takes products of splines in the plane", () => {
    const n = 10;
    const values = Float64Array.from({ length: 121 }, (_, at) => {
      const [x, y] = [Math.floor(at / 11) / n, (at % 11) / n];
      return x ** 3 * (1 - y) ** 2 + y;
    });
    const [ofX, ofY] = splineWeights(n, [0.37, 0.81]) as [Float64Array, Float64Array];
    expect(interpolate(values, ofX, ofY)).toBeCloseTo(0.37 ** 3 * 0.19 ** 2 + 0.81, 11);
  });

  it("refuses even degrees, too few nodes, and places outside", () => {
    expect(() => splineWeights(10, [0.5], 4)).toThrow("wanted odd");
    expect(() => splineWeights(4, [0.5], 5)).toThrow("on 5 nodes");
    expect(() => splineWeights(10, [1.01])).toThrow("1.01 is outside");
    expect(() => splineWeights(10, [Number.NaN])).toThrow("outside");
  });
});
