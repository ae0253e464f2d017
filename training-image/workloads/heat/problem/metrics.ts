import type { SpaceFunction } from "./fields.ts";
import type { Observations, Readings } from "./observations.ts";
import { boundaryPool, initialPool } from "./points.ts";
import type { SpaceTimePoints } from "./points.ts";
import type { HeatProblem } from "./problem.ts";
import type { Reference } from "./reference.ts";

type Values = ArrayLike<number>;

/** A trained model, whichever method found it. */
export interface HeatModel {
  /** Temperatures at points x, y, t, flat. */
  u(points: SpaceTimePoints): Values | Promise<Values>;
  /** Diffusivities at places x, y, flat. */
  a(places: Float64Array): Values | Promise<Values>;
}

/** Errors against the truth and misfits to the readings, all relative and so without a unit (IHC-1, section 4). */
export interface HeatMetrics {
  /** Relative L2 error of the diffusivity on 101 x 101 nodes. */
  a_err: number;
  /** The same over 0.1 <= x, y <= 0.9. */
  a_err_int: number;
  /** Relative L2 error of the temperature on 51 x 51 nodes at the reference's times. */
  u_err: number;
  /** Root mean square difference to the held-out readings, clean ones where known, per the reference's scale. */
  val_residual: number;
  /** Root mean square misfit to the readings that were trained on, per the reference's scale. */
  data_rms: number;
}

export interface Truth {
  problem: Pick<HeatProblem, "diffusivity">;
  reference: Reference;
  observations: Observations;
}

/** Nodes a side, in cells, for the errors of a and of u. */
const [cellsForA, cellsForU] = [100, 50];

export async function measure(model: HeatModel, truth: Truth): Promise<HeatMetrics> {
  const { problem, reference, observations } = truth;
  return {
    a_err: await diffusivityError(model.a, problem.diffusivity, 0),
    a_err_int: await diffusivityError(model.a, problem.diffusivity, cellsForA / 10),
    u_err: await temperatureError(model.u, reference),
    val_residual: (await misfit(model.u, observations.validation)) / reference.scale,
    data_rms:
      (await misfit(model.u, { ...observations.training, clean: undefined })) / reference.scale,
  };
}

/** Violations of the boundary and initial conditions on pools of points: root mean squares, in temperatures. */
export async function violations(
  u: HeatModel["u"],
  initial: SpaceFunction,
  points = 8192,
): Promise<{ bc_rms: number; ic_rms: number }> {
  const start = initialPool(points);
  const wanted = Float64Array.from({ length: points }, (_, k) =>
    initial(start[3 * k]!, start[3 * k + 1]!),
  );
  return {
    bc_rms: rootMeanSquare(await u(boundaryPool(points)), new Float64Array(points)),
    ic_rms: rootMeanSquare(await u(start), wanted),
  };
}

/** Places of the nodes (i/n, j/n), flat, without the outer `margin` rows of them. */
export function nodePlaces(n: number, margin = 0): Float64Array {
  const side = n + 1 - 2 * margin;
  return Float64Array.from({ length: 2 * side ** 2 }, (_, k) => {
    const node = k >> 1;
    return (margin + (k % 2 === 0 ? Math.floor(node / side) : node % side)) / n;
  });
}

async function diffusivityError(
  a: HeatModel["a"],
  truth: SpaceFunction,
  margin: number,
): Promise<number> {
  const places = nodePlaces(cellsForA, margin);
  const wanted = Float64Array.from({ length: places.length / 2 }, (_, k) =>
    truth(places[2 * k]!, places[2 * k + 1]!),
  );
  return relativeError(await a(places), wanted);
}

async function temperatureError(u: HeatModel["u"], reference: Reference): Promise<number> {
  const { n, levels, temperatures } = reference;
  const places = nodePlaces(cellsForU);
  const count = places.length / 2;
  const [points, wanted] = [
    new Float64Array(3 * count * (levels + 1)),
    new Float64Array(count * (levels + 1)),
  ];
  for (let level = 0; level <= levels; level++) {
    for (let k = 0; k < count; k++) {
      const [x, y] = [places[2 * k]!, places[2 * k + 1]!];
      points.set([x, y, level / levels], 3 * (level * count + k));
      const node = Math.round(x * n) * (n + 1) + Math.round(y * n);
      wanted[level * count + k] = temperatures[level]![node]!;
    }
  }
  return relativeError(await u(points), wanted);
}

async function misfit(
  u: HeatModel["u"],
  readings: Omit<Readings, "clean"> & { clean?: Float64Array | undefined },
): Promise<number> {
  return rootMeanSquare(await u(readings.points), readings.clean ?? readings.u);
}

function relativeError(found: Values, wanted: Float64Array): number {
  return rootMeanSquare(found, wanted) / rootMeanSquare(wanted, new Float64Array(wanted.length));
}

/** @throws RangeError where there are not as many values as wanted */
function rootMeanSquare(found: Values, wanted: Float64Array): number {
  if (found.length !== wanted.length) {
    throw new RangeError(`the model gave ${found.length} values, wanted ${wanted.length}`);
  }
  let sum = 0;
  for (let k = 0; k < wanted.length; k++) sum += (found[k]! - wanted[k]!) ** 2;
  return Math.sqrt(sum / wanted.length);
}
