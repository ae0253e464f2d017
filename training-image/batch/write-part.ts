import { stringify } from "csv-stringify/sync";
import type { ModelContract } from "../../contracts/model-contract.ts";
import type { Row } from "../data/read-table.ts";
import type { Answer } from "../score/answers.ts";
import { BadInputError } from "../workloads/errors.ts";

export interface PartContent {
  format: "jsonl" | "csv";
  contract: ModelContract;
  rows: readonly Row[];
  given: readonly Answer[];
  /** Number of the first row, from 1. */
  first: number;
  keep: readonly string[];
}

/**
 * One part: a line a row with its number, the columns to keep, the prediction, the name of its class, and probabilities.
 * In CSV the columns are named in the first line of every part.
 * @throws BadInputError where a column to keep is not there, or an answer is not finite
 */
export function writePart(content: PartContent): Uint8Array {
  const lines = content.rows.map((row, index) => line(content, row, index));
  const text =
    content.format === "csv"
      ? stringify(lines.map(flat), { header: true })
      : lines.map((object) => `${JSON.stringify(object)}\n`).join("");
  return new TextEncoder().encode(text);
}

function line({ contract, given, first, keep }: PartContent, row: Row, index: number) {
  const number = first + index;
  const answer = given[index];
  if (answer === undefined) throw new Error(`row ${number} has no answer`);
  const { prediction, probabilities } = answer;
  const numbers = [prediction, probabilities ?? []].flat();
  if (numbers.some((value) => typeof value === "number" && !Number.isFinite(value))) {
    throw new BadInputError(`data: row ${number}: the model has no finite answer`);
  }
  const name = typeof prediction === "number" ? contract.classes?.[prediction] : undefined;
  return {
    row: number,
    ...Object.fromEntries(keep.map((column) => [column, kept(row, column, number)])),
    prediction,
    ...(name === undefined ? {} : { class: name }),
    ...(probabilities === undefined ? {} : { probabilities }),
  };
}

function kept(row: Row, column: string, number: number): unknown {
  if (!Object.hasOwn(row, column)) {
    throw new BadInputError(`data: row ${number} has no column '${column}' to keep`);
  }
  return row[column];
}

/** Lists become a column an element: `probabilities_0`, `probabilities_1`. */
function flat(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) =>
      Array.isArray(value)
        ? value.map((element, index): [string, unknown] => [`${key}_${index}`, element])
        : [[key, value] as [string, unknown]],
    ),
  );
}
