import type { ModelContract } from "../../contracts/model-contract.ts";
import type { LabelledTable } from "./table.ts";

/** A table's features as a contract names them: with the ranges, or the words, of the rows that are trained on. */
export function contractFeatures(
  { features }: Pick<LabelledTable, "features">,
  rows: readonly Float64Array[],
): ModelContract["features"] {
  return features.map(({ name, categories }, column) => {
    const values = rows.map((row) => row[column] as number).filter((value) => !Number.isNaN(value));
    if (categories !== undefined) {
      const seen = new Set(values);
      return { name, categories: categories.filter((_, code) => seen.has(code)) };
    }
    if (values.length === 0) return { name };
    // Not spread into arguments: a table may have more rows than a call takes.
    const extreme = (pick: (a: number, b: number) => number) => values.reduce((a, b) => pick(a, b));
    return { name, range: [extreme(Math.min), extreme(Math.max)] };
  });
}
