import { parse } from "csv-parse/sync";
import type { DataSetManifest } from "../../contracts/data-set.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { DataSetStore } from "./data-set-store.ts";
import { tableFormat, unpacked } from "./table-format.ts";

/** A row of a table: texts from CSV, whatever JSON holds from JSON lines. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * The rows of a CSV file (its first line names the columns) or of a JSON-lines file, also packed by gzip.
 * @throws BadInputError with the file, the line and what is wrong with it
 */
export function readTable(path: string, bytes: Uint8Array): Row[] {
  const format = tableFormat(path);
  if (format === undefined) {
    throw new BadInputError(`data: ${path} is no table: wanted .csv, .jsonl or .ndjson`);
  }
  const content = unpacked(path, bytes);
  return format === "csv" ? readCsv(path, content) : readLines(path, content);
}

/** All rows of a data set whose files are tables, in the order of their paths. */
export async function readRows(store: DataSetStore, manifest: DataSetManifest): Promise<Row[]> {
  const rows: Row[] = [];
  for (const file of manifest.files) {
    for (const row of readTable(file.path, await store.file(file))) rows.push(row);
  }
  if (rows.length === 0) {
    throw new BadInputError(`data set ${manifest.name}@${manifest.version} has no rows`);
  }
  return rows;
}

function readCsv(path: string, content: Uint8Array): Row[] {
  try {
    return parse(Buffer.from(content), { columns: true, bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new BadInputError(`data: ${path}: ${(error as Error).message}`);
  }
}

function readLines(path: string, content: Uint8Array): Row[] {
  const rows: Row[] = [];
  for (const [index, line] of new TextDecoder().decode(content).split("\n").entries()) {
    if (line.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      value = undefined;
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new BadInputError(`data: ${path} line ${index + 1} is no JSON object`);
    }
    rows.push(value as Row);
  }
  return rows;
}
