/** A function of the place in the unit square. */
export type SpaceFunction = (x: number, y: number) => number;

/** A function of the place in the unit square and of time. */
export type SpaceTimeFunction = (x: number, y: number, t: number) => number;

/** The diffusivity's names, for parameters. */
export const fieldNames = ["bump", "two-bumps", "ramp", "layered"] as const;
export type FieldName = (typeof fieldNames)[number];

/**
 * Diffusivities a(x, y), all between 0.05 and 0.25 and smooth, so that the reference keeps its second order.
 * `bump` is the benchmark's.
 */
export const fields: Readonly<Record<FieldName, SpaceFunction>> = {
  bump: (x, y) => 0.1 + 0.08 * bump(x, y, 0.35, 0.6, 0.2),
  "two-bumps": (x, y) =>
    0.1 + 0.08 * bump(x, y, 0.3, 0.65, 0.15) - 0.04 * bump(x, y, 0.7, 0.3, 0.18),
  ramp: (x, y) => 0.08 + 0.06 * x + 0.04 * y,
  layered: (_x, y) => 0.13 + 0.05 * Math.tanh((y - 0.5) / 0.1),
};

function bump(x: number, y: number, atX: number, atY: number, width: number): number {
  return Math.exp(-((x - atX) ** 2 + (y - atY) ** 2) / (2 * width ** 2));
}

/** The temperature at the start, zero on the boundary like the temperature at all times. */
export function initialTemperature(x: number, y: number): number {
  return Math.sin(Math.PI * x) * Math.sin(Math.PI * y);
}
