import { CsvError, parse } from "csv-parse/sync";
import { BadInputError } from "../errors.ts";
import type { LabelledTable, TableFeature } from "../table.ts";
import { unzipped } from "../unzip.ts";
import { columnsOf } from "./columns.ts";

/** More words than this make no category: such a column tells rows apart. */
const maximumCategories = 100;

/**
 * Reads a CSV table with a header, compressed by gzip or not. An empty field, or one of blanks, is a missing value. The
 * target has two values; the later one in the alphabet (1, yes, true) is class 1.
 * @param description of the columns, see `columnsOf`
 * @throws BadInputError with the line and what is wrong with it
 */
export function parseTable(bytes: Uint8Array, description: string): LabelledTable {
  const [header = [], ...lines] = csvRows(unzipped(bytes));
  const columns = columnsOf(header, description);
  const target = header.findIndex((name) => columns.get(name) === "target");
  const targets = lines.map((line, row) => {
    const text = line[target] as string;
    return text === "" ? fail(row, `no ${header[target]}, which is the target`) : text;
  });
  const classes = [...new Set(targets)].sort();
  if (classes.length !== 2) {
    const shown = classes.slice(0, 5).join(", ");
    throw new BadInputError(
      `data: the target ${header[target]} has ${classes.length} values (${shown}), wanted 2`,
    );
  }
  const places = [...header.keys()].filter((place) =>
    ["number", "category"].includes(columns.get(header[place] as string) as string),
  );
  const features = places.map((place): TableFeature => {
    const name = header[place] as string;
    if (columns.get(name) === "number") return { name };
    return { name, categories: wordsOf(name, lines, place) };
  });
  return {
    features,
    classes,
    labels: targets.map((text) => classes.indexOf(text)),
    rows: lines.map((line, row) =>
      Float64Array.from(features, ({ name, categories }, index) => {
        const text = line[places[index] as number] as string;
        if (text === "") return Number.NaN;
        if (categories !== undefined) return categories.indexOf(text);
        const value = Number(text);
        return Number.isFinite(value) ? value : fail(row, `'${text}' as ${name}, wanted a number`);
      }),
    ),
  };
}

function csvRows(content: Uint8Array): string[][] {
  try {
    return parse(Buffer.from(content), { bom: true, trim: true, skipEmptyLines: true });
  } catch (error) {
    if (error instanceof CsvError) throw new BadInputError(`data: CSV: ${error.message}`);
    throw error;
  }
}

function wordsOf(name: string, lines: readonly string[][], place: number): string[] {
  const words = new Set(lines.map((line) => line[place] as string));
  words.delete("");
  if (words.size <= maximumCategories) return [...words].sort();
  throw new BadInputError(
    `data: category column ${name} has ${words.size} values, at most ${maximumCategories}: it may be a number or an identifier`,
  );
}

function fail(row: number, problem: string): never {
  throw new BadInputError(`data: row ${row + 1} has ${problem}`);
}
