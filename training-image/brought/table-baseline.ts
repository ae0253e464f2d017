import type { DriftBaseline } from "../../contracts/baseline.ts";
import { type DataSetManifest, dataSetDigest } from "../../contracts/data-set.ts";
import type { ModelContract } from "../../contracts/model-contract.ts";
import type { DataSetStore } from "../data/data-set-store.ts";
import { readRows, type Row } from "../data/read-table.ts";
import { tableFormat } from "../data/table-format.ts";
import { driftBaseline } from "../workloads/baseline.ts";

/**
 * The drift baseline of a model whose maker gave none: over all rows of the data set, where that is a table with a column
 * of numbers for every feature. Undefined where it is not.
 * @throws BadInputError where a table cannot be read
 */
export async function tableBaseline(
  { features }: ModelContract,
  manifest: DataSetManifest,
  store: DataSetStore,
): Promise<DriftBaseline | undefined> {
  if (manifest.files.some(({ path }) => tableFormat(path) === undefined)) return undefined;
  const rows = await readRows(store, manifest);
  const numbers = rows.map((row) => Float64Array.from(features, ({ name }) => cell(row, name)));
  const areNumbers = features.every(
    ({ name }, column) =>
      rows.every((row) => isNumberOrMissing(row, name)) &&
      numbers.some((row) => Number.isFinite(row[column])),
  );
  return areNumbers ? driftBaseline(features, numbers, dataSetDigest(manifest)) : undefined;
}

function cell(row: Row, name: string): number {
  const value = row[name];
  return value === "" || value === null ? Number.NaN : Number(value);
}

function isNumberOrMissing(row: Row, name: string): boolean {
  const value = row[name];
  return value === "" || value === null || (value !== undefined && Number.isFinite(Number(value)));
}
