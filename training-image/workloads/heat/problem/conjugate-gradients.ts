/** Sets `result` to A v and returns v . A v, for a symmetric positive definite A. */
export type Multiply = (v: Float64Array, result: Float64Array) => number;

/**
 * Solves A x = b by conjugate gradients (Hestenes and Stiefel 1952), from the guess that `x` holds and into it.
 * @param tolerance wanted root mean square of the residual, in b's units
 * @throws Error where A is not positive definite, or has a NaN, or as many iterations as unknowns do not reach that
 */
export function conjugateGradients(
  multiply: Multiply,
  b: Float64Array,
  x: Float64Array,
  tolerance: number,
): void {
  const [residual, direction, image] = [0, 1, 2].map(() => new Float64Array(b.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  multiply(x, image);
  let norm = 0;
  for (let k = 0; k < b.length; k++) {
    const r = b[k]! - image[k]!;
    residual[k] = direction[k] = r;
    norm += r * r;
  }
  const goal = b.length * tolerance ** 2;
  for (let iteration = 0; !(norm <= goal); iteration++) {
    if (iteration > b.length) throw new Error(`conjugate gradients stop at ${Math.sqrt(norm)}`);
    const curvature = multiply(direction, image);
    if (!(curvature > 0)) throw new Error(`conjugate gradients need v . A v > 0, not ${curvature}`);
    const step = norm / curvature;
    let next = 0;
    for (let k = 0; k < b.length; k++) {
      x[k]! += step * direction[k]!;
      const r = residual[k]! - step * image[k]!;
      residual[k] = r;
      next += r * r;
    }
    const ratio = next / norm;
    norm = next;
    for (let k = 0; k < b.length; k++) direction[k] = residual[k]! + ratio * direction[k]!;
  }
}
