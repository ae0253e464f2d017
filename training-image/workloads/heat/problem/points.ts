// Fractions of the powers of 1/g, where g is the positive root of g^3 = g + 1 (R2) and of g^4 = g + 1 (R3):
// M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018.
const r2Steps = [0.7548776662466927, 0.5698402909980532] as const;
const r3Steps = [0.8191725133961645, 0.6710436067037893, 0.5497004779019703] as const;

/** Points of space and time, flat: x, y, t of the first point, then of the second. */
export type SpaceTimePoints = Float64Array;

/** Readings are taken at these times. */
export const readingTimes: readonly number[] = Array.from({ length: 20 }, (_, j) => (j + 1) / 20);

/** The k-th point of the low-discrepancy sequence R2 in the unit square; k counts from 1. */
export function r2(k: number): [number, number] {
  return [fraction(0.5 + k * r2Steps[0]), fraction(0.5 + k * r2Steps[1])];
}

/** The k-th point of the low-discrepancy sequence R3 in the unit cube; k counts from 1. */
export function r3(k: number): [number, number, number] {
  return [
    fraction(0.5 + k * r3Steps[0]),
    fraction(0.5 + k * r3Steps[1]),
    fraction(0.5 + k * r3Steps[2]),
  ];
}

/** Where sensors `first` to `first + count - 1` sit: R2 drawn in to [0.05, 0.95]; `first` counts from 1. */
export function sensorPlaces(first: number, count: number): [number, number][] {
  return Array.from({ length: count }, (_, index) => {
    const [x, y] = r2(first + index);
    return [0.05 + 0.9 * x, 0.05 + 0.9 * y];
  });
}

/** Points inside the domain for the equation's residual. */
export function collocationPool(count: number): SpaceTimePoints {
  return fill(count, r3);
}

/** Points on the four sides in turn (x = 0, x = 1, y = 0, y = 1), where the temperature is zero. */
export function boundaryPool(count: number): SpaceTimePoints {
  return fill(count, (k) => {
    const [along, t] = r2(k);
    const side = (k - 1) % 4;
    return side < 2 ? [side, along, t] : [along, side - 2, t];
  });
}

/** Points at t = 0, where the temperature is known. */
export function initialPool(count: number): SpaceTimePoints {
  return fill(count, (k) => [...r2(k), 0]);
}

/** The centres of n x n x n cells: held out from training, to measure the residual on. */
export function residualGrid(n = 16): SpaceTimePoints {
  const centre = (index: number) => (index + 0.5) / n;
  return fill(n ** 3, (k) => {
    const index = k - 1;
    return [
      centre(Math.floor(index / n ** 2)),
      centre(Math.floor(index / n) % n),
      centre(index % n),
    ];
  });
}

function fill(count: number, point: (k: number) => [number, number, number]): SpaceTimePoints {
  const points = new Float64Array(3 * count);
  for (let k = 1; k <= count; k++) points.set(point(k), 3 * (k - 1));
  return points;
}

function fraction(value: number): number {
  return value - Math.floor(value);
}
