/** A function of one variable and its slope. */
export interface Along {
  value: number;
  slope: number;
}

export interface LineSearchOptions {
  /** Share of the promised decrease that is enough. @default 1e-4 */
  decrease?: number;
  /** Share of the slope at 0 that may be left. @default 0.9 */
  curvature?: number;
  /** @default 25 */
  evaluations?: number;
}

interface Point extends Along {
  at: number;
}

/**
 * A step along a descent direction that meets the strong Wolfe conditions: bracketing, then cubic interpolation
 * (Nocedal and Wright, 2006, algorithms 3.5 and 3.6). A value that is not finite counts as too far.
 * @param along the function at a step
 * @param start the same at step 0, where the slope must be negative
 * @param first the step to try first
 * @returns the last step that was evaluated; undefined where none was found, as happens when rounding is all that is left
 */
export async function lineSearch(
  along: (step: number) => Promise<Along>,
  start: Along,
  first: number,
  options: LineSearchOptions = {},
): Promise<number | undefined> {
  const { decrease = 1e-4, curvature = 0.9, evaluations = 25 } = options;
  const isTooHigh = ({ at, value }: Point) => !(value <= start.value + decrease * at * start.slope);
  const isFlat = ({ slope }: Point) => Math.abs(slope) <= -curvature * start.slope;
  let low: Point = { at: 0, ...start };
  let high: Point | undefined;
  let step = first;
  for (let count = 0; count < evaluations; count++) {
    const point: Point = { at: step, ...(await along(step)) };
    if (isTooHigh(point) || (point.value >= low.value && low.at > 0)) {
      high = point;
    } else if (isFlat(point)) {
      return step;
    } else {
      // The minimum lies on the side to which the function falls.
      const forward = high === undefined ? 1 : high.at - low.at;
      if (point.slope * forward >= 0) high = low;
      low = point;
    }
    step = high === undefined ? 2 * step : between(low, high);
  }
  return undefined;
}

/** Minimum of the cubic through two points, or the middle where it lies outside or close to an end. */
function between(a: Point, b: Point): number {
  const middle = (a.at + b.at) / 2;
  const d = a.slope + b.slope - (3 * (a.value - b.value)) / (a.at - b.at);
  const root = Math.sign(b.at - a.at) * Math.sqrt(d * d - a.slope * b.slope);
  const at = b.at - ((b.at - a.at) * (b.slope + root - d)) / (b.slope - a.slope + 2 * root);
  const margin = Math.abs(b.at - a.at) / 10;
  const isInside = at > Math.min(a.at, b.at) + margin && at < Math.max(a.at, b.at) - margin;
  return isInside ? at : middle;
}
