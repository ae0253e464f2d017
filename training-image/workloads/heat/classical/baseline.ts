import type { HeatModel } from "../problem/metrics.ts";
import type { Readings } from "../problem/observations.ts";
import { initialDiffusivity } from "../problem/problem.ts";
import { fitLogDiffusivity } from "./gauss-newton.ts";
import type { Fit } from "./gauss-newton.ts";
import { diffusivityOf } from "./log-diffusivity.ts";
import { Sampling } from "./sampling.ts";
import { grids, simulate } from "./simulation.ts";
import type { Grid, KnownPhysics } from "./simulation.ts";

/** How far above the noise the misfit may stay. */
const slack = 1.02;

export interface ClassicalResult extends Fit {
  model: HeatModel;
}

/**
 * The classical method beside the network (IHC-1, section 6): finite differences on 32 x 32 cells, log a bilinear on
 * 8 x 8 nodes, Gauss-Newton with a smoothness penalty, chosen so that the misfit comes down to the noise. Takes a few
 * seconds of one core.
 * @param noise standard deviation of the readings' noise, as a share of `scale`
 * @param scale standard deviation of the temperature
 * @param grid of the simulations; a coarser one is quicker, and exact enough for much noise
 */
export function classicalBaseline(
  physics: KnownPhysics,
  readings: Readings,
  noise: number,
  scale: number,
  grid: Grid = grids.benchmark,
): ClassicalResult {
  const sampling = new Sampling(readings.points, grid);
  const wanted = slack * Math.max(noise, grid.ownMisfit) * scale;
  const fit = fitLogDiffusivity(physics, sampling, readings.u, initialDiffusivity, wanted);
  return { ...fit, model: modelOf(physics, fit.logarithms, grid) };
}

function modelOf(physics: KnownPhysics, logarithms: Float64Array, grid: Grid): HeatModel {
  const diffusivity = diffusivityOf(logarithms);
  return {
    u(points) {
      const sampling = new Sampling(points, grid);
      const seen = new Float64Array(sampling.count);
      simulate(physics, logarithms, grid, (step, temperatures) =>
        sampling.add(step, temperatures, seen),
      );
      return seen;
    },
    a: (places) =>
      Float64Array.from({ length: places.length / 2 }, (_, k) =>
        diffusivity(places[2 * k]!, places[2 * k + 1]!),
      ),
  };
}
