import { BadInputError } from "./errors.ts";

export interface TableFeature {
  name: string;
  /** The words of a feature that has no numbers: rows hold their indices. */
  categories?: readonly string[];
}

/** Rows of numbers with a class each. A missing value is NaN. */
export interface LabelledTable {
  features: readonly TableFeature[];
  /** One array a row, in the order of `features`. */
  rows: Float64Array[];
  /** Class index of each row. */
  labels: number[];
  classes: string[];
}

export interface TableChecks {
  /** Fewer rows than this are refused. */
  minimumRows: number;
  /** Fewer rows of a class than this are refused: every fold and split needs some. */
  minimumRowsPerClass: number;
}

const missingLimit = 0.5;

export interface CheckedTable {
  table: LabelledTable;
  /** Sentences for the log. */
  warnings: string[];
}

/**
 * Looks at data before anything is trained on it (SPEC K-09). Columns that are mostly missing are dropped with a
 * warning; single missing values are left, to be filled with medians of the rows that are trained on.
 * @throws BadInputError that names every problem found
 */
export function checkTable(table: LabelledTable, checks: TableChecks): CheckedTable {
  const problems: string[] = [];
  if (table.rows.length < checks.minimumRows) {
    problems.push(`${table.rows.length} rows, wanted at least ${checks.minimumRows}`);
  }
  table.classes.forEach((name, index) => {
    const count = table.labels.filter((label) => label === index).length;
    if (count < checks.minimumRowsPerClass) {
      problems.push(
        `${count} rows of class ${name}, wanted at least ${checks.minimumRowsPerClass}`,
      );
    }
  });
  if (problems.length > 0) throw new BadInputError(`data: ${problems.join("; ")}`);

  const missing = table.features.map(
    (_, column) => table.rows.filter((row) => Number.isNaN(row[column])).length / table.rows.length,
  );
  const kept = [...table.features.keys()].filter(
    (column) => (missing[column] ?? 1) <= missingLimit,
  );
  if (kept.length === 0) throw new BadInputError("data: every column is mostly missing");
  const warnings = table.features.flatMap(({ name, categories }, column) => {
    const share = missing[column] ?? 1;
    if (share === 0) return [];
    const percent = `${(100 * share).toFixed(1)} %`;
    if (share > missingLimit) return [`column ${name} is dropped: ${percent} of it is missing`];
    const remedy = categories === undefined ? "filled with the median" : "taken as no category";
    return [`column ${name}: ${percent} is missing, ${remedy}`];
  });
  if (kept.length === table.features.length) return { table, warnings };
  const pick = <T>(items: readonly T[]) => kept.map((column) => items[column] as T);
  return {
    table: {
      ...table,
      features: pick(table.features),
      rows: table.rows.map((row) => Float64Array.from(kept, (column) => row[column] as number)),
    },
    warnings,
  };
}
