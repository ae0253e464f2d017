import { concat, div, fillMissing, oneHot, reshape, sub } from "../../engine/ops.ts";
import { type Input, input, type Tensor, vector } from "../../engine/tensor.ts";
import { fitStandardiser, standardise, type Standardiser } from "../standardise.ts";
import type { LabelledTable } from "../table.ts";

/**
 * How rows become what a network takes, learnt from the rows that are trained on: numbers filled with medians and
 * standardised, then a 0 or 1 for every category seen. A category that is missing, or was never seen, is all zeros.
 */
export interface Encoding {
  features: LabelledTable["features"];
  /** Places of the numbers among the features. */
  numbers: readonly number[];
  standardiser: Standardiser;
  /** Place of a category's feature, and its own place among that feature's categories, as they follow one another. */
  categories: readonly { feature: number; code: number }[];
  /** Numbers a row becomes. */
  width: number;
}

export function fitEncoding(table: LabelledTable, trainRows: readonly number[]): Encoding {
  const { features } = table;
  const rows = trainRows.map((row) => table.rows[row] as Float64Array);
  const numbers = [...features.keys()].filter((place) => !features[place]?.categories);
  const categories = features.flatMap(({ categories: words = [] }, feature) => {
    const seen = new Set(rows.map((row) => row[feature]));
    return [...words.keys()].filter((code) => seen.has(code)).map((code) => ({ feature, code }));
  });
  const standardiser = fitStandardiser(pickColumns(rows, numbers));
  return { features, numbers, standardiser, categories, width: numbers.length + categories.length };
}

/** Encoded rows, one after the other. */
export function encode(rows: readonly Float64Array[], encoding: Encoding): Float32Array {
  const { numbers, standardiser, categories, width } = encoding;
  const standardised = standardise(pickColumns(rows, numbers), standardiser);
  const result = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    const start = index * numbers.length;
    result.set(standardised.subarray(start, start + numbers.length), index * width);
    categories.forEach(({ feature, code }, place) => {
      if (row[feature] === code) result[index * width + numbers.length + place] = 1;
    });
  });
  return result;
}

/**
 * The same within a graph, from raw columns: an input of shape [batch] a feature, in the features' order.
 * @returns the inputs, and the encoded rows [batch, width]
 */
export function encodeInGraph(encoding: Encoding): { inputs: Input[]; encoded: Tensor } {
  const { features, numbers, standardiser, categories } = encoding;
  const inputs = features.map(({ name, categories: words }) =>
    input(name, ["batch"], words === undefined ? "float32" : "string"),
  );
  const column = (place: number) => reshape(inputs[place] as Input, ["batch", 1]);
  const parts: Tensor[] = [];
  if (numbers.length > 0) {
    const raw = concat(numbers.map(column) as [Tensor, ...Tensor[]], 1);
    const { median, mean, deviation } = standardiser;
    const filled = fillMissing(raw, vector([...median]));
    parts.push(div(sub(filled, vector([...mean])), vector([...deviation])));
  }
  for (const [place, { categories: words }] of features.entries()) {
    const seen = categories.filter(({ feature }) => feature === place);
    if (seen.length === 0) continue;
    const known = seen.map(({ code }) => words?.[code] as string);
    parts.push(oneHot(inputs[place] as Input, known));
  }
  return { inputs, encoded: concat(parts as [Tensor, ...Tensor[]], 1) };
}

function pickColumns(rows: readonly Float64Array[], places: readonly number[]): Float64Array[] {
  return rows.map((row) => Float64Array.from(places, (place) => row[place] as number));
}
