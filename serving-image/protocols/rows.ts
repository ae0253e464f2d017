import type * as ort from "onnxruntime-node";
import { badRequest } from "../errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { makeTensor, tensorValues, toRows } from "../models/tensors.ts";

/** Answers to rows of features, as the row-wise protocols give them. */
export interface RowAnswer {
  predictions: unknown[];
  probabilities?: unknown[][];
}

/**
 * Runs a model that takes one table of features.
 * @param rows `[[13.2, 1.78, ...], ...]`, in the contract's order
 * @param where how the client named the place: `instances`
 * @throws RequestError where the rows do not fit the model's contract
 */
export async function predictRows(
  model: LoadedModel,
  rows: unknown,
  where: string,
  rowLimit: number,
): Promise<RowAnswer> {
  const { contract } = model;
  const [spec] = contract.inputs;
  const width = contract.features.length;
  if (spec === undefined || contract.inputs.length !== 1 || spec.shape.length !== 2) {
    throw badRequest(
      `model ${contract.model} does not take rows of features; ask it over /v2/models/${contract.model}/infer`,
    );
  }
  const values = flatten(rows, where, width, rowLimit);
  const count = values.length / width;
  const results = await model.run({ [spec.name]: makeTensor(spec, values, [count, width], where) });
  return describe(model, results, count);
}

function flatten(rows: unknown, where: string, width: number, rowLimit: number): unknown[] {
  if (!Array.isArray(rows) || rows.length === 0)
    throw badRequest(`${where}: must be a list of at least one row`);
  if (rows.length > rowLimit)
    throw badRequest(`${where}: has ${rows.length} rows; at most ${rowLimit} at once`);
  const values: unknown[] = [];
  rows.forEach((row: unknown, index) => {
    if (!Array.isArray(row))
      throw badRequest(`${where}[${index}]: must be a list of ${width} numbers`);
    if (row.length !== width)
      throw badRequest(`${where}[${index}]: has ${row.length} values, the model takes ${width}`);
    values.push(...(row as unknown[]));
  });
  return values;
}

function describe(
  model: LoadedModel,
  results: ort.InferenceSession.OnnxValueMapType,
  count: number,
): RowAnswer {
  const { predictions, probabilities, classes } = model.contract;
  const rows = toRows(tensorValues(results[predictions] as ort.Tensor), count);
  const named = rows.map((row) => {
    const value = row.length === 1 ? row[0] : row;
    return classes !== undefined && typeof value === "number" ? (classes[value] ?? value) : value;
  });
  if (probabilities === undefined) return { predictions: named };
  return {
    predictions: named,
    probabilities: toRows(tensorValues(results[probabilities] as ort.Tensor), count),
  };
}
