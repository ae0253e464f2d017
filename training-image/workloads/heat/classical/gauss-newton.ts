import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { neighbours, nodesASide } from "./log-diffusivity.ts";
import { sensitivities } from "./simulation.ts";
import type { KnownPhysics } from "./simulation.ts";
import type { Sampling } from "./sampling.ts";

interface State {
  logarithms: Float64Array;
  /** Derivatives of what is seen, by rows. */
  jacobian: Matrix;
  /** Seen less read. */
  residual: Float64Array;
}

export interface Fit {
  logarithms: Float64Array;
  /** Root mean square difference between what the simulation sees and the readings. */
  misfit: number;
  /** The last penalty's factor. */
  penalty: number;
  /** Steps that were taken, over all penalties. */
  iterations: number;
  /** False where the penalty fell to nothing, or the steps ran out, before the misfit was as small as wanted. */
  reached: boolean;
}

const smallestPenalty = 4 ** -16;
const maximumIterations = 100;
/** The next penalty is due when a step lowers the objective by less than this share. */
const worthwhile = 0.01;
const shortestStep = 1 / 64;

/**
 * Finds log a by Gauss and Newton's method: minimises half the squared differences to the readings plus half the
 * penalty times the squared differences between neighbouring nodes. The penalty starts at 1 and falls by 4 each time,
 * from the last solution, until the misfit is as small as wanted (Morozov's discrepancy principle).
 */
export function fitLogDiffusivity(
  physics: KnownPhysics,
  sampling: Sampling,
  readings: Float64Array,
  start: number,
  wantedMisfit: number,
): Fit {
  const at = (logarithms: Float64Array): State => {
    const { seen, jacobian } = sensitivities(physics, logarithms, sampling);
    const residual = seen.map((value, k) => value - readings[k]!);
    return {
      logarithms,
      jacobian: Matrix.from1DArray(seen.length, nodesASide ** 2, jacobian),
      residual,
    };
  };
  let state = at(new Float64Array(nodesASide ** 2).fill(Math.log(start)));
  let iterations = 0;
  for (let penalty = 1; ; penalty /= 4) {
    for (let improving = true; improving && iterations < maximumIterations; iterations++) {
      const next = step(state, penalty, at);
      if (next === undefined) break;
      improving = objective(next, penalty) < (1 - worthwhile) * objective(state, penalty);
      state = next;
    }
    const misfit = Math.sqrt(squares(state.residual) / readings.length);
    const reached = misfit <= wantedMisfit;
    if (reached || penalty <= smallestPenalty || iterations >= maximumIterations) {
      return { logarithms: state.logarithms, misfit, penalty, iterations, reached };
    }
  }
}

/** One step, halved until the objective falls; undefined where it does not. */
function step(
  state: State,
  penalty: number,
  at: (logarithms: Float64Array) => State,
): State | undefined {
  const { logarithms, jacobian, residual } = state;
  const transposed = jacobian.transpose();
  const normal = transposed.mmul(jacobian);
  const slope = transposed.mmul(Matrix.columnVector(residual));
  for (const [one, other] of neighbours) {
    for (const [row, column] of [
      [one, other],
      [other, one],
    ] as const) {
      normal.set(row, row, normal.get(row, row) + penalty);
      normal.set(row, column, normal.get(row, column) - penalty);
      slope.set(row, 0, slope.get(row, 0) + penalty * (logarithms[row]! - logarithms[column]!));
    }
  }
  const direction = new CholeskyDecomposition(normal).solve(slope).getColumn(0);
  const now = objective(state, penalty);
  for (let length = 1; length >= shortestStep; length /= 2) {
    const next = at(logarithms.map((value, node) => value - length * direction[node]!));
    if (objective(next, penalty) < now) return next;
  }
  return undefined;
}

function objective({ logarithms, residual }: State, penalty: number): number {
  let roughness = 0;
  for (const [one, other] of neighbours) roughness += (logarithms[one]! - logarithms[other]!) ** 2;
  return (squares(residual) + penalty * roughness) / 2;
}

function squares(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
