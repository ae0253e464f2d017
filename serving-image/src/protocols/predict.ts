import { z } from "zod";
import { InputError } from "../model/errors.ts";
import type { ServedModel, Tensors } from "../model/model.ts";
import { exactJson, parseBody, parseJson } from "./body.ts";
import type { Answer, Protocol } from "./protocol.ts";
import { predictionsOf, rowsOf, rowsQuestion } from "./rows.ts";

/** Body of `POST /predict`: rows under one of the two names. */
export const PredictBody = z.strictObject({
  model: z.string().optional().describe("Where the server has several"),
  features: z.unknown().optional(),
  instances: z.unknown().optional(),
});

/** Body of KServe's V1 protocol. */
export const V1Body = z.strictObject({
  instances: z.unknown(),
  signature_name: z.string().optional(),
});

/** `POST /predict`: rows under `features` or `instances` (SPEC U-10, K-05). */
export const predictProtocol: Protocol = ({ body }, choose, { maxRows }) => {
  const json = parseJson(body);
  const model = choose(parseBody(PredictBody, json.value).model);
  const { features, instances } = parseBody(PredictBody, exactJson(json, model.contract));
  if (features !== undefined && instances !== undefined) {
    throw new InputError("instances", "give `features` or `instances`, not both");
  }
  if (features === undefined && instances === undefined) {
    throw new InputError("features", "is missing: give rows under `features` or `instances`");
  }
  const question =
    features === undefined
      ? rowsQuestion(instances, "instances", model, maxRows)
      : rowsQuestion(features, "features", model, maxRows);
  return { model, question, answer: (outputs) => predictAnswer(outputs, model) };
};

/** `POST /v1/models/<m>:predict` (SPEC G-09). */
export const v1Protocol: Protocol = (asked, choose, { maxRows }) => {
  const model = choose(asked.model);
  const { instances } = parseBody(V1Body, exactJson(parseJson(asked.body), model.contract));
  const question = rowsQuestion(instances, "instances", model, maxRows);
  return { model, question, answer: (outputs) => predictAnswer(outputs, model) };
};

/** `{"predictions": ..., "probabilities": ...?, "model": ...}`, for `/predict`, V1 and `/invocations`. */
export function predictAnswer(outputs: Tensors, model: ServedModel): Answer {
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
