import type { PinnDesign } from "../../training-image/workloads/heat/pinn/design.ts";
import { makePools, type Pools } from "../../training-image/workloads/heat/pinn/pools.ts";
import { readingTimes, sensorPlaces } from "../../training-image/workloads/heat/problem/points.ts";
import { heatProblem } from "../../training-image/workloads/heat/problem/problem.ts";

/** The plain network of IHC-1, section 5. */
export function benchDesign({ layers, width }: { layers: number; width: number }): PinnDesign {
  const weights = { pde: 1, bc: 30, ic: 30, data: 30, smoothness: 0 };
  return { layers, width, conditions: "soft", weights };
}

/** Pools of the benchmark's sizes. What the readings say does not matter to the time of a step. */
export function benchPools(): Pools {
  const points = sensorPlaces(1, 64).flatMap(([x, y]) => readingTimes.flatMap((t) => [x, y, t]));
  const u = new Float64Array(points.length / 3);
  return makePools("soft", heatProblem().source, { points: Float64Array.from(points), u });
}
