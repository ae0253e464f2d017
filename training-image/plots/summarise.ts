/** Some neighbouring points of a series as one. */
export interface Summary {
  /** Where it is drawn: the middle of its points. */
  x: number;
  /** Places of the first and the last of its points. */
  first: number;
  last: number;
  /** Arithmetic on a linear axis, geometric on a logarithmic one. */
  mean: number;
  low: number;
  high: number;
}

/** About one summary every two pixels of a chart. */
const mostSummaries = 350;

/** Summarises a series by equally many points each; leaves out what an axis cannot show. */
export function summarise(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  logarithmic: boolean,
): Summary[] {
  const shown: [number, number][] = [];
  for (let k = 0; k < Math.min(x.length, y.length); k++) {
    const [place, value] = [x[k]!, y[k]!];
    const fits = Number.isFinite(place) && Number.isFinite(value) && (!logarithmic || value > 0);
    if (fits) shown.push([place, value]);
  }
  const size = Math.max(1, Math.ceil(shown.length / mostSummaries));
  const summaries: Summary[] = [];
  for (let start = 0; start < shown.length; start += size) {
    const part = shown.slice(start, start + size);
    const values = part.map(([, value]) => value);
    const [first, last] = [part[0]![0], part.at(-1)![0]];
    const total = values.reduce((sum, v) => sum + (logarithmic ? Math.log(v) : v), 0);
    const mean = logarithmic ? Math.exp(total / part.length) : total / part.length;
    const [low, high] = [Math.min(...values), Math.max(...values)];
    // A mean of equal numbers may differ from them in the last bits.
    const inside = Math.min(Math.max(mean, low), high);
    summaries.push({ x: (first + last) / 2, first, last, mean: inside, low, high });
  }
  return summaries;
}
