import { badRequest } from "../errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { ModelSet } from "../models/model-set.ts";
import { predictRows } from "./rows.ts";

/** An answer and the model that gave it. */
export interface Answer {
  model: LoadedModel;
  rows: number;
  body: unknown;
}

/** `POST /predict`: `features` or `instances`, not both (SPEC U-10, K-05). */
export async function predict(models: ModelSet, body: unknown, rowLimit: number): Promise<Answer> {
  const request = asObject(body);
  const hasFeatures = Object.hasOwn(request, "features");
  const hasInstances = Object.hasOwn(request, "instances");
  if (hasFeatures === hasInstances) {
    throw badRequest(
      hasFeatures
        ? "features, instances: give one of them"
        : 'features: is missing; send {"features": [[...]]}',
    );
  }
  const where = hasFeatures ? "features" : "instances";
  const model = models.find(modelName(request));
  const answer = await predictRows(model, request[where], where, rowLimit);
  return { model, rows: answer.predictions.length, body: { ...answer, model: model.lineage } };
}

/** `POST /v1/models/<m>:predict` of KServe (SPEC G-09). */
export async function predictV1(
  models: ModelSet,
  name: string,
  body: unknown,
  rowLimit: number,
): Promise<Answer> {
  const request = asObject(body);
  if (!Object.hasOwn(request, "instances"))
    throw badRequest('instances: is missing; send {"instances": [[...]]}');
  const model = models.find(name);
  const { predictions } = await predictRows(model, request["instances"], "instances", rowLimit);
  return { model, rows: predictions.length, body: { predictions } };
}

/** @throws RequestError where a body is not a JSON object */
export function asObject(body: unknown): Record<string, unknown> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest("the body must be a JSON object, sent with content-type application/json");
  }
  return body as Record<string, unknown>;
}

function modelName(request: Record<string, unknown>): string | undefined {
  const name = Object.hasOwn(request, "model") ? request["model"] : undefined;
  if (name === undefined || typeof name === "string") return name;
  throw badRequest("model: must be a text");
}
