import { takesColumns } from "../../../contracts/model-contract.ts";
import { columnsFromRows, isObject, tensorFromTable } from "../model/columns.ts";
import { InputError } from "../model/errors.ts";
import type { ServedModel, Tensors } from "../model/model.ts";
import { jsonElements, nestedRows, tensorFromRows } from "../model/tensors.ts";
import type { Question } from "./protocol.ts";

/**
 * Rows as a question: each a list in the order of the model's features, or an object by their names.
 * @throws InputError, TooManyRowsError
 */
export function rowsQuestion(
  rows: unknown,
  field: string,
  model: ServedModel,
  maxRows: number,
): Question {
  const { contract } = model;
  const inputs = takesColumns(contract)
    ? columnsFromRows(contract.inputs, rows, field, maxRows)
    : tensorOfRows(rows, field, model, maxRows);
  const outputs = [contract.predictions, contract.probabilities].filter(
    (name) => name !== undefined,
  );
  return {
    inputs,
    outputs: [...new Set(outputs)],
    rows: Object.values(inputs)[0]?.dims[0] ?? 0,
  };
}

function tensorOfRows(rows: unknown, field: string, model: ServedModel, maxRows: number): Tensors {
  const { inputs, features } = model.contract;
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    const route = `/v2/models/${model.lineage.name}/infer`;
    throw new InputError(field, `the model takes several tensors; send them to ${route}`);
  }
  const isTable = input.shape.length === 2 && input.shape[1] === features.length;
  if (isTable && Array.isArray(rows) && rows.some(isObject)) {
    const names = features.map(({ name }) => name);
    return { [input.name]: tensorFromTable(input, names, rows, field, maxRows) };
  }
  return { [input.name]: tensorFromRows(input, rows, field, maxRows) };
}

/** A model's predictions by row. A classifier that answers with an index says the class's name. */
export function predictionsOf(outputs: Tensors, { contract }: ServedModel): unknown[] {
  const rows = rowsOf(outputs, contract.predictions);
  const { classes } = contract;
  const spec = contract.outputs.find((tensor) => tensor.name === contract.predictions);
  if (classes === undefined || !/^U?INT/.test(spec?.dataType ?? "")) return rows;
  return rows.map((row) => (typeof row === "number" ? (classes[row] ?? row) : row));
}

/** An output tensor by rows. @throws NoFiniteAnswerError */
export function rowsOf(outputs: Tensors, name: string): unknown[] {
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`the graph gave no '${name}'`);
  return nestedRows(jsonElements(tensor, name), tensor.dims);
}
