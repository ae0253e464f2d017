import { LuDecomposition, Matrix } from "ml-matrix";

/**
 * Interpolates in the unit interval by splines that are not-a-knot at both ends (C. de Boor, A Practical Guide to
 * Splines, 2001, chapter XIII), on the nodes i/n. A value is a weighted sum of those at the nodes.
 * @param degree odd: 3 is cubic, 5 quintic
 * @returns for each point its n + 1 weights
 * @throws RangeError where there are too few nodes for the degree, or a point lies outside
 */
export function splineWeights(n: number, points: readonly number[], degree = 5): Float64Array[] {
  if (degree % 2 === 0 || n < degree) {
    throw new RangeError(`a spline of degree ${degree} on ${n + 1} nodes: wanted odd and > degree`);
  }
  const knots = notAKnot(n, degree);
  const rows = (places: readonly number[]) =>
    places.map((place) => basisAt(place, knots, degree, n + 1));
  // Coefficients c solve C c = values, and a value is b . c: its weights are the solution of C' w = b.
  const nodes = Array.from({ length: n + 1 }, (_, i) => i / n);
  const system = new LuDecomposition(new Matrix(rows(nodes)).transpose());
  const solution = system.solve(new Matrix(rows(points)).transpose());
  return points.map((_, column) => Float64Array.from(solution.getColumn(column)));
}

/** The nodes without the first and last few, and the ends repeated. */
function notAKnot(n: number, degree: number): number[] {
  const left = (degree + 1) / 2;
  const inner = Array.from({ length: n + 1 - 2 * left }, (_, i) => (i + left) / n);
  const end = (value: number) => new Array<number>(degree + 1).fill(value);
  return [...end(0), ...inner, ...end(1)];
}

/** All B-splines at one place, by the recursion of Cox and de Boor. */
function basisAt(place: number, knots: number[], degree: number, count: number): Float64Array {
  if (!(place >= 0 && place <= 1)) throw new RangeError(`${place} is outside of [0, 1]`);
  let span = degree;
  while (span < count - 1 && place >= knots[span + 1]!) span++;
  const basis = new Float64Array(count);
  basis[span] = 1;
  for (let order = 1; order <= degree; order++) {
    for (let k = span - order; k <= span; k++) {
      const rising = basis[k]!;
      const falling = basis[k + 1] ?? 0;
      basis[k] =
        share(place - knots[k]!, knots[k + order]! - knots[k]!) * rising +
        share(knots[k + order + 1]! - place, knots[k + order + 1]! - knots[k + 1]!) * falling;
    }
  }
  return basis;
}

/** Zero where two knots coincide: the B-spline between them is. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** The value at (x, y) of values on nodes (i/n, j/n), from the weights of x and of y: a tensor product. */
export function interpolate(values: Float64Array, ofX: Float64Array, ofY: Float64Array): number {
  const width = ofX.length;
  let sum = 0;
  for (let i = 0; i < width; i++) {
    let row = 0;
    for (let j = 0; j < width; j++) row += ofY[j]! * values[i * width + j]!;
    sum += ofX[i]! * row;
  }
  return sum;
}
