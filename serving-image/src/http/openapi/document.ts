import { z } from "zod";
import { headers } from "../../../../contracts/names.ts";
import type { ServedModel } from "../../model/model.ts";
import { FeedbackBody } from "../../protocols/feedback.ts";
import { InvocationsBody } from "../../protocols/invocations.ts";
import { serverMetadata } from "../../protocols/open-inference/metadata.ts";
import { InferBody } from "../../protocols/open-inference/schema.ts";
import { temperatureRoute } from "../../protocols/predict-temperature.ts";
import { PredictBody, V1Body } from "../../protocols/predict.ts";
import { columnsSchema, inputSchema, rowsSchema, type Schema } from "./tensors.ts";

interface JsonObject {
  properties: Record<string, unknown>;
  [key: string]: unknown;
}

const plain = (schema: z.ZodType): JsonObject => {
  const document = z.toJSONSchema(schema, { io: "input" });
  delete document.$schema;
  return document as unknown as JsonObject;
};

/**
 * The OpenAPI 3.1 document of what is served now: every model under its own name, with its own tensors. Bodies come from
 * the schemas that check them; tensors from the models' contracts.
 */
export function openApiDocument(models: readonly ServedModel[], maxRows: number): Schema {
  const byName = new Map<string, ServedModel>();
  for (const model of models) {
    if (!byName.has(model.lineage.name)) byName.set(model.lineage.name, model);
  }
  const first = [...byName.values()];
  const isSeveral = first.length > 1;
  const paths: Record<string, unknown> = {
    "/health/live": { get: open("Whether the process lives", "live") },
    "/health/ready": { get: open("Whether every model is served, and why not", "ready", 503) },
    "/v1/models": { get: told("Names of the models", "v1Models") },
    "/v2": { get: told("About the server", "serverMetadata") },
    "/v2/health/live": { get: open("Whether the process lives", "v2Live") },
    "/v2/health/ready": { get: open("Whether every model is served", "v2Ready", 503) },
    "/feedback": {
      post: asked("What turned out to be true", "feedback", feedbackSchema(maxRows), {
        status: 202,
      }),
    },
  };
  for (const model of models) {
    const { name, version } = model.lineage;
    const isFirst = byName.get(name) === model;
    const infer = inferSchema(model, maxRows);
    for (const base of [
      ...(isFirst ? [`/v2/models/${name}`] : []),
      `/v2/models/${name}/versions/${version}`,
    ]) {
      const id = base.slice(1).replaceAll("/", "_");
      paths[base] = { get: told(`About ${name}`, `${id}_metadata`) };
      paths[`${base}/ready`] = { get: told(`Whether ${name} is served`, `${id}_ready`) };
      paths[`${base}/infer`] = {
        post: asked(`Asks ${name} by the Open Inference Protocol`, `${id}_infer`, infer, {
          hasBinaryTensors: true,
        }),
      };
    }
    if (!isFirst) continue;
    paths[`/v1/models/${name}`] = { get: told(`Whether ${name} is served`, `v1_models_${name}`) };
    const rows = rowsSchema(model.contract, maxRows);
    if (rows === undefined) continue;
    const body = plain(V1Body);
    paths[`/v1/models/${name}:predict`] = {
      post: asked(`Asks ${name} by KServe's V1 protocol`, `v1_models_${name}_predict`, {
        ...body,
        properties: { ...body.properties, instances: rows },
      }),
    };
  }
  const tables = first.filter((model) => rowsSchema(model.contract, maxRows) !== undefined);
  if (tables.length > 0) {
    paths["/predict"] = {
      post: asked(
        "Predictions for rows",
        "predict",
        anyOf(tables.map((model) => predictSchema(model, isSeveral, maxRows))),
      ),
    };
    const parameters = isSeveral ? [modelParameter(tables)] : [];
    paths["/invocations"] = {
      post: {
        ...asked(
          "Predictions by MLflow's scoring protocol",
          "invocations",
          anyOf(tables.map((model) => invocationsSchema(model, maxRows))),
        ),
        parameters,
      },
    };
  }
  const declaring = first.filter(
    ({ contract }) => contract.routes?.includes(temperatureRoute) === true,
  );
  if (declaring.length > 0) paths[`/${temperatureRoute}`] = { get: temperature(declaring) };
  return {
    openapi: "3.1.0",
    info: { title: serverMetadata.name, version: serverMetadata.version },
    paths,
    components: {
      securitySchemes: { key: { type: "apiKey", in: "header", name: headers.apiKey } },
      schemas: {
        Error: {
          type: "object",
          required: ["error"],
          properties: { error: { type: "string" } },
          additionalProperties: false,
        },
      },
    },
    security: [{ key: [] }],
  };
}

function feedbackSchema(maxRows: number): Schema {
  const body = plain(FeedbackBody);
  const labels = { ...(body.properties["labels"] as Schema), maxItems: maxRows };
  return {
    ...body,
    properties: { ...body.properties, labels },
    oneOf: [{ required: ["label"] }, { required: ["labels"] }],
  };
}

function inferSchema({ contract }: ServedModel, maxRows: number): Schema {
  const body = plain(InferBody);
  const { inputs, outputs } = body.properties as {
    inputs: { items: JsonObject };
    outputs: { items: JsonObject };
  };
  const count = contract.inputs.length;
  const tensors = contract.inputs.map((spec) =>
    inputSchema(spec, inputs.items.properties["parameters"], maxRows),
  );
  const names = contract.outputs.map(({ name }) => name);
  const output = { ...outputs.items.properties, name: { enum: names } };
  return {
    ...body,
    properties: {
      ...body.properties,
      inputs: { type: "array", minItems: count, maxItems: count, items: anyOf(tensors) },
      outputs: { ...outputs, items: { ...outputs.items, properties: output } },
    },
  };
}

function predictSchema({ contract, lineage }: ServedModel, isSeveral: boolean, maxRows: number) {
  const body = plain(PredictBody);
  const rows = rowsSchema(contract, maxRows);
  return {
    ...body,
    properties: { model: { const: lineage.name }, features: rows, instances: rows },
    ...(isSeveral ? { required: ["model"] } : {}),
    oneOf: [{ required: ["features"] }, { required: ["instances"] }],
  };
}

/** Rows in each form; how many cells a row of `dataframe_split` has is told in words. */
function invocationsSchema({ contract, lineage }: ServedModel, maxRows: number): Schema {
  const body = plain(InvocationsBody);
  const rows = rowsSchema(contract, maxRows);
  const columns = columnsSchema(contract, maxRows);
  return {
    ...body,
    description: `${lineage.name} takes ${contract.features.map(({ name }) => name).join(", ")}`,
    properties: {
      ...body.properties,
      instances: rows,
      inputs: columns === undefined ? rows : { anyOf: [rows, columns] },
      params: { ...(body.properties["params"] as Schema), maxProperties: 0 },
    },
    oneOf: ["dataframe_split", "dataframe_records", "instances", "inputs"].map((form) => ({
      required: [form],
    })),
  };
}

function temperature(models: readonly ServedModel[]): Schema {
  const features = models.length === 1 ? (models[0]?.contract.features ?? []) : [];
  const coordinates = features.map(({ name, range, unit }) => ({
    name,
    in: "query",
    required: true,
    ...(unit === undefined ? {} : { description: unit }),
    schema: { type: "number", ...(range && { minimum: range[0], maximum: range[1] }) },
  }));
  return {
    ...told("The predicted value at a point", "predictTemperature", 400),
    parameters: models.length === 1 ? coordinates : [modelParameter(models)],
  };
}

function modelParameter(models: readonly ServedModel[]): Schema {
  const names = models.map(({ lineage }) => lineage.name);
  return { name: "model", in: "query", required: true, schema: { enum: names } };
}

function anyOf(schemas: readonly Schema[]): Schema {
  const [only, ...others] = schemas;
  return only !== undefined && others.length === 0 ? only : { anyOf: schemas };
}

const json = (schema: Schema) => ({ content: { "application/json": { schema } } });
const anObject = { type: "object" };
const errorAnswer = {
  description: "What is wrong",
  ...json({ $ref: "#/components/schemas/Error" }),
};

/** An operation that reads, for who shows a key. */
function told(summary: string, operationId: string, ...errors: number[]): Schema {
  return { summary, operationId, responses: answers(200, [401, 404, 503, ...errors]) };
}

/** One for everybody. */
function open(summary: string, operationId: string, unready?: number): Schema {
  const responses: Record<string, unknown> = {
    200: { description: "Yes", ...json(anObject) },
  };
  if (unready !== undefined) responses[unready] = { description: "Not yet", ...json(anObject) };
  return { summary, operationId, security: [], responses };
}

function asked(
  summary: string,
  operationId: string,
  body: Schema,
  { status = 200, hasBinaryTensors = false }: { status?: number; hasBinaryTensors?: boolean } = {},
): Schema {
  const responses = answers(status, [400, 401, 404, 413, 415, 422, 429, 503, 504]);
  if (!hasBinaryTensors) {
    return { summary, operationId, requestBody: { required: true, ...json(body) }, responses };
  }
  return {
    summary,
    operationId,
    parameters: [{ name: headers.inferenceHeaderLength, in: "header", ...jsonLength }],
    requestBody: { required: true, ...jsonOrBinary(body) },
    responses: {
      ...responses,
      [status]: {
        description: "The answer, with binary tensors where they were asked for",
        headers: { [headers.inferenceHeaderLength]: jsonLength },
        ...jsonOrBinary(anObject),
      },
    },
  };
}

/** Binary tensors stand behind the JSON, whose length a header says. */
const jsonOrBinary = (schema: Schema) => ({
  content: { ...json(schema).content, "application/octet-stream": {} },
});
const jsonLength = {
  description: "Bytes of JSON, where binary tensors stand behind it",
  schema: { type: "integer", minimum: 0 },
};

function answers(status: number, errors: readonly number[]): Record<string, unknown> {
  return Object.fromEntries([
    [String(status), { description: "The answer", ...json(anObject) }],
    ...errors.map((error) => [String(error), errorAnswer]),
  ]);
}
