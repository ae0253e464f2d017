import type { SpaceTimePoints } from "../problem/points.ts";
import { interpolate, splineWeights } from "../problem/spline.ts";
import type { Grid } from "./simulation.ts";

/** What one step of a simulation adds to what is seen at one point. */
interface Part {
  point: number;
  weight: number;
}

/**
 * How values on the nodes (i/n, j/n) at the steps k/steps are seen at points between: quintic splines in x and y, cubic
 * polynomials through the four nearest steps in t. At a node and a step it is the value there.
 */
export class Sampling {
  readonly count: number;
  readonly grid: Grid;
  private readonly parts: Part[][];
  private readonly ofX: Float64Array[];
  private readonly ofY: Float64Array[];

  constructor(points: SpaceTimePoints, grid: Grid) {
    const { cells, steps } = grid;
    this.grid = grid;
    this.count = points.length / 3;
    const axis = (offset: number) =>
      Array.from({ length: this.count }, (_, k) => points[3 * k + offset]!);
    this.ofX = weightsOf(axis(0), cells);
    this.ofY = weightsOf(axis(1), cells);
    this.parts = Array.from({ length: steps + 1 }, () => []);
    axis(2).forEach((t, point) => {
      for (const [step, weight] of timeWeights(t, steps)) this.parts[step]!.push({ point, weight });
    });
  }

  /** Adds what a step's values contribute to `seen[offset + stride * point]`. */
  add(step: number, values: Float64Array, seen: Float64Array, stride = 1, offset = 0): void {
    for (const { point, weight } of this.parts[step]!) {
      const value = interpolate(values, this.ofX[point]!, this.ofY[point]!);
      seen[offset + stride * point]! += weight * value;
    }
  }
}

/** Spline weights, made once for equal places. */
function weightsOf(places: number[], n: number): Float64Array[] {
  const distinct = [...new Set(places)];
  const weights = splineWeights(n, distinct);
  const found = new Map(distinct.map((place, index) => [place, weights[index]!]));
  return places.map((place) => found.get(place)!);
}

/** Lagrange's weights of the steps around a time, without those that are 0. */
function timeWeights(t: number, steps: number): [step: number, weight: number][] {
  const place = t * steps;
  const nearest = Math.round(place);
  if (Math.abs(place - nearest) < 1e-9) return [[nearest, 1]];
  const first = Math.min(Math.max(Math.floor(place) - 1, 0), steps - 3);
  const nodes = [first, first + 1, first + 2, first + 3];
  return nodes.map((step) => {
    const others = nodes.filter((other) => other !== step);
    return [
      step,
      others.reduce((product, other) => (product * (place - other)) / (step - other), 1),
    ];
  });
}
