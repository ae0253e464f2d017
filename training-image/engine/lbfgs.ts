import { lineSearch } from "./line-search.ts";

export interface LbfgsOptions {
  iterations: number;
  /** Pairs of steps and gradient changes that the curvature is known by. @default 20 */
  memory?: number;
  /** Largest element of a gradient that counts as 0. @default 1e-7 */
  tolerance?: number;
  signal?: AbortSignal;
  /** Called after each iteration, counted from 1. */
  progress?(iteration: number, loss: number): void;
}

export interface LbfgsResult {
  parameters: Float64Array;
  loss: number;
  iterations: number;
  /** `stalled`: no step along the last direction is lower, as happens when rounding is all that is left. */
  reason: "converged" | "stalled" | "iterations";
}

interface Pair {
  step: Float64Array;
  change: Float64Array;
  /** 1 / (step . change) */
  rho: number;
}

/**
 * Minimises a smooth function of many variables by L-BFGS (Nocedal and Wright, 2006, algorithms 7.4 and 7.5). It suits
 * a full batch: what is minimised must not change from call to call.
 * @param evaluate the function and its gradient; both must be finite at the start
 * @throws the signal's reason where it is aborted; Error where the start is not finite
 */
export async function lbfgs(
  evaluate: (parameters: Float64Array) => Promise<{ loss: number; gradient: ArrayLike<number> }>,
  start: ArrayLike<number>,
  options: LbfgsOptions,
): Promise<LbfgsResult> {
  const { iterations, memory = 20, tolerance = 1e-7, signal, progress } = options;
  let parameters = Float64Array.from(start);
  let here = await evaluate(parameters);
  if (!Number.isFinite(here.loss)) throw new Error(`lbfgs: the loss is ${here.loss} at the start`);
  const pairs: Pair[] = [];
  let iteration = 0;
  const result = (reason: LbfgsResult["reason"]) => ({
    parameters,
    loss: here.loss,
    iterations: iteration,
    reason,
  });
  while (iteration < iterations) {
    signal?.throwIfAborted();
    const gradient = Float64Array.from(here.gradient);
    if (gradient.every((value) => Math.abs(value) <= tolerance)) return result("converged");
    const direction = descent(gradient, pairs);
    const slope = dot(gradient, direction);
    let found = { point: parameters, ...here };
    const along = async (step: number) => {
      const point = parameters.map((value, index) => value + step * (direction[index] as number));
      found = { point, ...(await evaluate(point)) };
      return { value: found.loss, slope: dot(Float64Array.from(found.gradient), direction) };
    };
    // Without curvature the length of the gradient says nothing: begin with a step of length 1 at most.
    const first = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const step = await lineSearch(along, { value: here.loss, slope }, first);
    if (step === undefined) {
      if (pairs.length === 0) return result("stalled");
      // Old curvature may be what is wrong: once more along the gradient.
      pairs.length = 0;
      continue;
    }
    const change = Float64Array.from(
      gradient,
      (value, index) => (found.gradient[index] as number) - value,
    );
    const moved = direction.map((value) => step * value);
    const curvature = dot(moved, change);
    if (curvature > 0) pairs.push({ step: moved, change, rho: 1 / curvature });
    if (pairs.length > memory) pairs.shift();
    parameters = found.point;
    here = found;
    iteration += 1;
    progress?.(iteration, here.loss);
  }
  return result("iterations");
}

/** The two-loop recursion: minus the inverse curvature times the gradient. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const alphas = pairs.map(() => 0);
  for (let index = pairs.length - 1; index >= 0; index--) {
    const { step, change, rho } = pairs[index] as Pair;
    const alpha = rho * dot(step, direction);
    alphas[index] = alpha;
    addScaled(direction, change, -alpha);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.change, last.change));
    for (let index = 0; index < direction.length; index++)
      direction[index] = scale * (direction[index] as number);
  }
  pairs.forEach(({ step, change, rho }, index) => {
    addScaled(direction, step, (alphas[index] as number) - rho * dot(change, direction));
  });
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let index = 0; index < a.length; index++)
    total += (a[index] as number) * (b[index] as number);
  return total;
}

function addScaled(to: Float64Array, from: Float64Array, factor: number): void {
  for (let index = 0; index < to.length; index++) {
    to[index] = (to[index] as number) + factor * (from[index] as number);
  }
}
