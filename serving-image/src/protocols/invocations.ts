import { z } from "zod";
import { isObject } from "../model/columns.ts";
import { InputError } from "../model/errors.ts";
import type { ServedModel } from "../model/model.ts";
import { listOf } from "../model/tensors.ts";
import { exactJson, parseBody, parseJson } from "./body.ts";
import { predictAnswer } from "./predict.ts";
import type { Protocol, Question } from "./protocol.ts";
import { rowsQuestion } from "./rows.ts";

const Split = z.strictObject({
  columns: z.array(z.string()).min(1).optional(),
  data: z.array(z.array(z.unknown())),
  index: z.array(z.unknown()).optional().describe("Is not looked at"),
});

/** Body of MLflow's scoring protocol: exactly one of four forms. */
export const InvocationsBody = z.strictObject({
  dataframe_split: Split.optional(),
  dataframe_records: z.array(z.record(z.string(), z.unknown())).optional(),
  instances: z.unknown().optional().describe("Rows, as lists or by name"),
  inputs: z.unknown().optional().describe("Rows, or one list of values a feature by its name"),
  params: z.record(z.string(), z.unknown()).optional().describe("Must be empty: no model has any"),
});
type InvocationsBody = z.infer<typeof InvocationsBody>;

const forms = ["dataframe_split", "dataframe_records", "instances", "inputs"] as const;

/** `POST /invocations`, as MLflow's own server takes it (SPEC K-06). */
export const invocationsProtocol: Protocol = ({ body, query }, choose, { maxRows }) => {
  const model = choose(query.get("model") ?? undefined);
  const request = parseBody(InvocationsBody, exactJson(parseJson(body), model.contract));
  const question = invocationsQuestion(request, model, maxRows);
  return { model, question, answer: (outputs) => predictAnswer(outputs, model) };
};

function invocationsQuestion(body: InvocationsBody, model: ServedModel, maxRows: number): Question {
  const given = forms.filter((form) => body[form] !== undefined);
  const [form, ...others] = given;
  if (form === undefined || others.length > 0) {
    const problem = given.length === 0 ? "none is there" : `${given.join(" and ")} are there`;
    throw new InputError("body", `give one of ${forms.join(", ")}; ${problem}`);
  }
  if (Object.keys(body.params ?? {}).length > 0) {
    throw new InputError("params", "the model takes none");
  }
  if (form === "dataframe_split") {
    const rows = splitRows(body.dataframe_split);
    return rowsQuestion(rows, "dataframe_split.data", model, maxRows);
  }
  const rows = form === "inputs" && isObject(body.inputs) ? byColumn(body.inputs) : body[form];
  return rowsQuestion(rows, form, model, maxRows);
}

/** Rows under their columns' names; as they are where no columns are named. */
function splitRows(split: InvocationsBody["dataframe_split"]): unknown[] {
  const { columns, data = [] } = split ?? {};
  if (columns === undefined) return data;
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new InputError("dataframe_split.columns", `'${twice.slice(0, 64)}' is there twice`);
  }
  return data.map((row, index) => {
    if (row.length === columns.length) return namedRow(columns, (column) => row[column]);
    const problem = `has ${row.length} elements, there are ${columns.length} columns`;
    throw new InputError(`dataframe_split.data[${index}]`, problem);
  });
}

/** One list of values a feature, turned into rows. */
function byColumn(inputs: object): unknown[] {
  const columns = Object.entries(inputs).map(([name, values]) => ({
    name,
    values: listOf(values, `inputs.${name.slice(0, 64)}`),
  }));
  const rows = columns[0]?.values.length ?? 0;
  for (const { name, values } of columns) {
    if (values.length === rows) continue;
    const problem = `has ${values.length} values, '${columns[0]?.name}' has ${rows}`;
    throw new InputError(`inputs.${name.slice(0, 64)}`, problem);
  }
  const names = columns.map(({ name }) => name);
  return Array.from({ length: rows }, (_, row) =>
    namedRow(names, (column) => columns[column]?.values[row]),
  );
}

/** Without a prototype: a column may have any name. */
function namedRow(names: readonly string[], valueOf: (column: number) => unknown): object {
  const row = Object.create(null) as Record<string, unknown>;
  names.forEach((name, column) => (row[name] = valueOf(column)));
  return row;
}
