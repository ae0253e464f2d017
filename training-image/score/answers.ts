import type { ModelContract } from "../../contracts/model-contract.ts";
import { outputOf, type Session } from "../engine/session.ts";
import type { Row } from "../data/read-table.ts";
import { modelInputs } from "./model-inputs.ts";

/** What a model says about one row. */
export interface Answer {
  prediction: number | string | readonly number[];
  probabilities?: readonly number[];
}

/**
 * A model's answers to rows of a table, in their order.
 * @param first number of the first row in its table, from 1, for errors
 */
export async function answers(
  session: Session,
  contract: ModelContract,
  rows: readonly Row[],
  first = 1,
): Promise<Answer[]> {
  const results = await session.run(modelInputs(contract, rows, first));
  const predictions = perRow(outputOf(results, contract.predictions), rows.length);
  if (contract.probabilities === undefined) {
    return predictions.map((prediction) => ({ prediction: single(prediction) }));
  }
  const probabilities = perRow(outputOf(results, contract.probabilities), rows.length);
  return predictions.map((prediction, row) => ({
    prediction: single(prediction),
    probabilities: (probabilities[row] ?? []).map(Number),
  }));
}

type Element = number | string;

function perRow(value: { data: unknown }, rows: number): Element[][] {
  const flat = Array.from(value.data as Iterable<number | bigint | string>, (element) =>
    typeof element === "bigint" ? Number(element) : element,
  );
  const width = flat.length / rows;
  return Array.from({ length: rows }, (_, row) => flat.slice(row * width, (row + 1) * width));
}

function single(values: readonly Element[]): Answer["prediction"] {
  const [only, ...others] = values;
  return only !== undefined && others.length === 0 ? only : values.map(Number);
}
