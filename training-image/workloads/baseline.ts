import type { CategoryBaseline, DriftBaseline, NumberBaseline } from "../../contracts/baseline.ts";

const bins = 10;

/**
 * The drift baseline of some rows: ten quantile bins a feature (SPEC U-06), from which missing values are left out. A
 * feature with categories holds their indices, and its bins are the categories.
 */
export function driftBaseline(
  features: readonly { name: string; categories?: readonly string[] }[],
  rows: readonly Float64Array[],
  dataSha256: string,
): DriftBaseline {
  return {
    schema: "isotherm.dev/drift-baseline/v1",
    rows: rows.length,
    dataSha256,
    features: features.map(({ name, categories }, column) =>
      categories === undefined
        ? numberBaseline(name, rows, column)
        : categoryBaseline(name, categories, rows, column),
    ),
  };
}

/**
 * How a classifier's own predictions on the training rows are spread over its classes: what prediction drift is measured
 * against (SPEC K-07).
 * @param probabilities of each row, by class
 */
export function predictionBaseline(
  classes: readonly string[],
  probabilities: readonly (readonly number[])[],
): CategoryBaseline {
  const rows = probabilities.map((row) => Float64Array.of(row.indexOf(Math.max(...row))));
  return categoryBaseline("prediction", classes, rows, 0);
}

function categoryBaseline(
  name: string,
  categories: readonly string[],
  rows: readonly Float64Array[],
  column: number,
): CategoryBaseline {
  const counts = new Array<number>(categories.length + 1).fill(0);
  for (const row of rows) {
    const code = row[column] as number;
    const place = Number.isNaN(code) ? categories.length : code;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return { name, categories: [...categories], shares: counts.map((n) => n / rows.length) };
}

function numberBaseline(
  name: string,
  rows: readonly Float64Array[],
  column: number,
): NumberBaseline {
  const values = Float64Array.from(rows, (row) => row[column] as number)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const edges = Array.from({ length: bins - 1 }, (_, index) =>
    quantile(values, (index + 1) / bins),
  );
  return { name, edges, shares: binShares(values, edges) };
}

/** Share of values in each bin; a value that equals an edge belongs to the bin above it. */
export function binShares(values: Float64Array, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    const bin = edges.filter((edge) => edge <= value).length;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count) => count / values.length);
}

/** Linear interpolation between order statistics, NumPy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  return low + (high - low) * (place - Math.floor(place));
}
