import { z } from "zod";
import { takesColumns } from "../../../contracts/model-contract.ts";
import { columnsFromRows } from "../model/columns.ts";
import { InputError } from "../model/errors.ts";
import type { ServedModel, Tensors } from "../model/model.ts";
import { jsonElements, nestedRows, tensorFromRows } from "../model/tensors.ts";
import type { Answer, Question } from "./protocol.ts";
import { parseBody } from "./body.ts";

const PredictBody = z.strictObject({
  model: z.string().optional(),
  features: z.unknown().optional(),
  instances: z.unknown().optional(),
});

const V1Body = z.strictObject({
  instances: z.unknown(),
  signature_name: z.string().optional(),
});

/** The name of the model that a `/predict` body asks for, if it names one. */
export function predictModelName(body: unknown): string | undefined {
  return parseBody(PredictBody, body).model;
}

/** Rows of a `/predict` body, under `features` or `instances` (SPEC U-10, K-05). */
export function predictQuestion(body: unknown, model: ServedModel, maxRows: number): Question {
  const { features, instances } = parseBody(PredictBody, body);
  if (features !== undefined && instances !== undefined) {
    throw new InputError("instances", "give `features` or `instances`, not both");
  }
  if (features === undefined && instances === undefined) {
    throw new InputError("features", "is missing: give rows under `features` or `instances`");
  }
  return features === undefined
    ? rowsQuestion(instances, "instances", model, maxRows)
    : rowsQuestion(features, "features", model, maxRows);
}

/** Rows of a KServe V1 body (SPEC G-09). */
export function v1Question(body: unknown, model: ServedModel, maxRows: number): Question {
  return rowsQuestion(parseBody(V1Body, body).instances, "instances", model, maxRows);
}

/** `{"predictions": ..., "probabilities": ...?, "model": ...}`, for `/predict` and V1. */
export function predictAnswer(_question: Question, outputs: Tensors, model: ServedModel): Answer {
  const { contract, lineage } = model;
  const answer: Record<string, unknown> = { predictions: predictionsOf(outputs, model) };
  if (contract.probabilities !== undefined) {
    answer["probabilities"] = rowsOf(outputs, contract.probabilities);
  }
  answer["model"] = {
    name: lineage.name,
    version: lineage.version,
    release: lineage.release,
    data_version: lineage.dataVersion,
  };
  return answer;
}

function rowsQuestion(rows: unknown, field: string, model: ServedModel, maxRows: number): Question {
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
  const [input, ...others] = model.contract.inputs;
  if (input !== undefined && others.length === 0) {
    return { [input.name]: tensorFromRows(input, rows, field, maxRows) };
  }
  const route = `/v2/models/${model.lineage.name}/infer`;
  throw new InputError(field, `the model takes several tensors; send them to ${route}`);
}

/** A classifier that answers with an index says the class's name. */
function predictionsOf(outputs: Tensors, { contract }: ServedModel): unknown[] {
  const rows = rowsOf(outputs, contract.predictions);
  const { classes } = contract;
  const spec = contract.outputs.find((tensor) => tensor.name === contract.predictions);
  if (classes === undefined || !/^U?INT/.test(spec?.dataType ?? "")) return rows;
  return rows.map((row) => (typeof row === "number" ? (classes[row] ?? row) : row));
}

function rowsOf(outputs: Tensors, name: string): unknown[] {
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`the graph gave no '${name}'`);
  return nestedRows(jsonElements(tensor, name), tensor.dims);
}
