import { BadInputError } from "../errors.ts";
import type { LabelledTable } from "../table.ts";
import { wineFeatures } from "./features.ts";

/**
 * Reads the data set's own layout: a line with the number of rows and features and the names of the classes, then a
 * line a row with the class index last. An empty field is a missing value.
 * @throws BadInputError with the line and what is wrong with it
 */
export function parseWine(bytes: Uint8Array): LabelledTable {
  const [header = "", ...lines] = new TextDecoder().decode(bytes).trimEnd().split(/\r?\n/);
  const [rowCount, featureCount, ...classes] = header.split(",");
  if (Number(featureCount) !== wineFeatures.length) {
    fail(1, `names ${featureCount} features, wanted ${wineFeatures.length}`);
  }
  if (Number(rowCount) !== lines.length) fail(1, `names ${rowCount} rows, found ${lines.length}`);
  if (classes.length < 2) fail(1, "names fewer than 2 classes");

  const rows: Float64Array[] = [];
  const labels: number[] = [];
  lines.forEach((line, index) => {
    const number = index + 2;
    const fields = line.split(",");
    if (fields.length !== wineFeatures.length + 1) {
      const wanted = `${wineFeatures.length} features and the class`;
      fail(number, `has ${fields.length} columns, wanted ${wineFeatures.length + 1} (${wanted})`);
    }
    const target = fields.pop()?.trim() ?? "";
    const label = Number(target);
    if (target === "" || !Number.isInteger(label) || label < 0 || label >= classes.length) {
      fail(number, `has class '${target}', wanted 0 to ${classes.length - 1}`);
    }
    labels.push(label);
    rows.push(Float64Array.from(fields, (field, column) => parseNumber(field, column, number)));
  });
  return { features: wineFeatures, rows, labels, classes };
}

function parseNumber(field: string, column: number, line: number): number {
  const text = field.trim();
  if (text === "") return Number.NaN;
  const value = Number(text);
  if (!Number.isFinite(value)) {
    fail(line, `has '${text}' as ${wineFeatures[column]?.name}, wanted a finite number`);
  }
  return value;
}

function fail(line: number, problem: string): never {
  throw new BadInputError(`data: wine.csv line ${line} ${problem}`);
}
