import type { Value } from "../../../engine/session.ts";
import { initialTemperature } from "../problem/fields.ts";
import type { SpaceTimeFunction } from "../problem/fields.ts";
import {
  boundaryPool,
  collocationPool,
  initialPool,
  type SpaceTimePoints,
} from "../problem/points.ts";
import type { Readings } from "../problem/observations.ts";
import type { ConditionKind } from "./conditions.ts";
import { constructionAt } from "./hard.ts";

/** Some rows of `known` that make one part of the loss. */
export interface Section {
  part: "data" | "bc" | "ic";
  rows: number;
}

/** The points a training draws from, with everything about them that does not change. One row a point. */
export interface Pools {
  interior: Value;
  /** Points where the temperature itself is compared: readings, and with soft conditions boundary and start. */
  known: Value;
  /** How `known` is divided, in order. */
  sections: readonly Section[];
}

/** Pool sizes of the benchmark IHC-1. */
export const poolSizes = { interior: 65536, boundary: 8192, initial: 8192 } as const;

const root = Math.sqrt(2);

/** Columns of a row of `interior`; where derivatives by x and y are multiplied, sqrt(2) is taken into account. */
export const interiorColumns = {
  soft: ["x", "y", "t", "source"],
  hard: [
    ...["x", "y", "t", "source"],
    ...["factor", "factor_t", "factor_laplacian", "double_x", "double_y"],
    ...["start_laplacian", "start_x", "factor_x", "start_y", "factor_y"],
  ],
} as const;
export const knownColumns = {
  soft: ["x", "y", "t", "target"],
  hard: ["x", "y", "t", "target", "factor"],
} as const;

export function makePools(
  conditions: ConditionKind,
  source: SpaceTimeFunction,
  readings: Pick<Readings, "points" | "u">,
  sizes: { interior: number; boundary: number; initial: number } = poolSizes,
): Pools {
  const interior = rows(collocationPool(sizes.interior), (x, y, t) =>
    conditions === "soft" ? [source(x, y, t)] : hardInterior(x, y, t, source(x, y, t)),
  );
  const count = readings.u.length;
  if (conditions === "hard") {
    const known = rows(readings.points, (x, y, t, index) => {
      const { start, factor } = constructionAt(x, y, t);
      return [(readings.u[index] as number) - start.value, factor.value];
    });
    return { interior, known, sections: [{ part: "data", rows: count }] };
  }
  const boundary = boundaryPool(sizes.boundary);
  const initial = initialPool(sizes.initial);
  const points = Float64Array.from([...readings.points, ...boundary, ...initial]);
  const known = rows(points, (x, y, _t, index) => {
    if (index < count) return [readings.u[index] as number];
    return [index < count + sizes.boundary ? 0 : initialTemperature(x, y)];
  });
  const sections = [
    { part: "data", rows: count },
    { part: "bc", rows: sizes.boundary },
    { part: "ic", rows: sizes.initial },
  ] as const;
  return { interior, known, sections };
}

function hardInterior(x: number, y: number, t: number, source: number): number[] {
  const { start, factor } = constructionAt(x, y, t);
  return [
    ...[source, factor.value, factor.t, factor.laplacian, root * factor.x, root * factor.y],
    ...[start.laplacian, start.x, factor.x, start.y, factor.y],
  ];
}

/** A row for each point: its coordinates as the networks take them, and what else belongs to it. */
function rows(
  points: SpaceTimePoints,
  more: (x: number, y: number, t: number, index: number) => readonly number[],
): Value {
  const count = points.length / 3;
  const all = Array.from({ length: count }, (_, index) => {
    const [x, y, t] = points.subarray(3 * index, 3 * index + 3) as unknown as [
      number,
      number,
      number,
    ];
    return [2 * x - 1, 2 * y - 1, 2 * t - 1, ...more(x, y, t, index)];
  });
  const width = all[0]?.length ?? 0;
  const data = new Float32Array(count * width);
  all.forEach((row, index) => data.set(row, index * width));
  return { data, shape: [count, width] };
}
