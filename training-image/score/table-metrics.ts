import type { ModelContract } from "../../contracts/model-contract.ts";
import type { Row } from "../data/read-table.ts";
import { BadInputError } from "../workloads/errors.ts";
import { accuracy, aucRoc, f1Macro, logLoss, mean } from "../workloads/scores.ts";
import type { Answer } from "./answers.ts";

/**
 * Metrics of answers beside the truth in a column of the table: accuracy, f1_macro, log_loss and, of two classes,
 * auc_roc; or mae, rmse and r2.
 * @throws BadInputError where the column is missing or holds something that the model could never say
 */
export function tableMetrics(
  contract: ModelContract,
  rows: readonly Row[],
  given: readonly Answer[],
  target: string,
): Record<string, number> {
  const truths = rows.map((row, index) => {
    const value = row[target];
    if (value === undefined || value === null || value === "") {
      throw new BadInputError(`data: row ${index + 1} has no '${target}': name it by --target`);
    }
    return value;
  });
  return contract.task === "classification"
    ? classification(contract, truths, given, target)
    : regression(truths, given, target);
}

function classification(
  contract: ModelContract,
  truths: readonly unknown[],
  given: readonly Answer[],
  target: string,
): Record<string, number> {
  const names = classNames(contract, truths, given);
  const labels = truths.map((truth, row) => classOf(truth, names, `row ${row + 1}: '${target}'`));
  const probabilities = given.map(({ prediction, probabilities: known }) => {
    if (known !== undefined) return known;
    const said = classOf(prediction, names, "the model's answer");
    return names.map((_, index) => (index === said ? 1 : 0));
  });
  const said = given.map(({ prediction }) => classOf(prediction, names, "the model's answer"));
  const asSaid = said.map((label) => names.map((_, index) => (index === label ? 1 : 0)));
  return {
    accuracy: accuracy(labels, asSaid),
    f1_macro: f1Macro(labels, asSaid, names.length),
    ...(contract.probabilities === undefined ? {} : { log_loss: logLoss(labels, probabilities) }),
    ...(contract.probabilities !== undefined && names.length === 2
      ? {
          auc_roc: aucRoc(
            labels,
            probabilities.map((row) => row[1] ?? Number.NaN),
          ),
        }
      : {}),
  };
}

/** Names by index: the contract's, or numbers up to the highest there is. */
function classNames(
  contract: ModelContract,
  truths: readonly unknown[],
  given: readonly Answer[],
): readonly string[] {
  if (contract.classes !== undefined) return contract.classes;
  const width = given[0]?.probabilities?.length ?? 0;
  const seen = [...truths, ...given.map(({ prediction }) => prediction)].map(Number);
  if (seen.some((value) => !Number.isInteger(value) || value < 0 || value > 10_000)) {
    throw new BadInputError("the contract names no classes, and they are no numbers from 0");
  }
  const count = seen.reduce((highest, value) => Math.max(highest, value + 1), Math.max(width, 2));
  return Array.from({ length: count }, (_, index) => String(index));
}

/** A class by its name or its index. */
function classOf(value: unknown, names: readonly string[], what: string): number {
  const byName = names.indexOf(String(value));
  if (byName >= 0) return byName;
  const index = Number(value);
  if (Number.isInteger(index) && index >= 0 && index < names.length) return index;
  throw new BadInputError(
    `data: ${what} is ${JSON.stringify(value)}, wanted one of ${names.slice(0, 10).join(", ")}`,
  );
}

function regression(
  truths: readonly unknown[],
  given: readonly Answer[],
  target: string,
): Record<string, number> {
  const values = truths.map((truth, row) => {
    const value = Number(truth);
    if (Number.isFinite(value)) return value;
    throw new BadInputError(
      `data: row ${row + 1}: '${target}' is ${JSON.stringify(truth)}, wanted a number`,
    );
  });
  const errors = values.map((value, row) => Number(given[row]?.prediction) - value);
  const squares = mean(errors.map((error) => error ** 2));
  const center = mean(values);
  const spread = mean(values.map((value) => (value - center) ** 2));
  return {
    mae: mean(errors.map(Math.abs)),
    rmse: Math.sqrt(squares),
    r2: 1 - squares / spread,
  };
}
