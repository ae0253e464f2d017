/** How to bring features to mean 0 and deviation 1, learnt from the rows that are trained on. */
export interface Standardiser {
  /** Put where a value is missing. */
  median: Float64Array;
  mean: Float64Array;
  /** 1 where a feature does not vary. */
  deviation: Float64Array;
}

export function fitStandardiser(rows: readonly Float64Array[]): Standardiser {
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) =>
    rows.map((row) => row[column] as number),
  );
  const median = Float64Array.from(columns, medianOf);
  const filled = columns.map((values, column) =>
    values.map((value) => (Number.isNaN(value) ? (median[column] as number) : value)),
  );
  const mean = Float64Array.from(filled, average);
  const deviation = Float64Array.from(filled, (values, column) => {
    const center = mean[column] as number;
    return Math.sqrt(average(values.map((value) => (value - center) ** 2))) || 1;
  });
  return { median, mean, deviation };
}

/** Standardised rows, one after the other. */
export function standardise(rows: readonly Float64Array[], by: Standardiser): Float32Array {
  const width = by.mean.length;
  const result = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    for (let column = 0; column < width; column++) {
      const value = row[column] as number;
      const present = Number.isNaN(value) ? (by.median[column] as number) : value;
      result[index * width + column] =
        (present - (by.mean[column] as number)) / (by.deviation[column] as number);
    }
  });
  return result;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? 0 : (low + high) / 2;
}

function average(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
