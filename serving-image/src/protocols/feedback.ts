import { z } from "zod";
import { InputError } from "../model/errors.ts";
import type { Feedback } from "../inference.ts";
import { parseBody, parseJson } from "./body.ts";

const Label = z.union([z.string().max(256), z.number()], "must be text or a number");

/** Body of `POST /feedback`: what turned out to be true about the rows of an earlier request (SPEC S-03). */
export const FeedbackBody = z.strictObject({
  request_id: z
    .string()
    .regex(/^[\w.:-]{1,128}$/, "must be the x-request-id of an answer")
    .describe("The x-request-id of the answer"),
  label: Label.optional().describe("Where the request had one row"),
  labels: z.array(Label).min(1).optional().describe("One a row, in the request's order"),
  model: z.string().max(64).optional(),
});

/**
 * @param maxRows labels at most
 * @throws InputError
 */
export function readFeedback(
  body: Buffer,
  maxRows: number,
): Pick<Feedback, "requestId" | "labels" | "model"> {
  const { request_id, label, labels, model } = parseBody(FeedbackBody, parseJson(body).value);
  const all = labels ?? (label === undefined ? [] : [label]);
  if (all.length === 0) throw new InputError("label", "is missing: give `label` or `labels`");
  if (label !== undefined && labels !== undefined) {
    throw new InputError("labels", "give `label` or `labels`, not both");
  }
  if (all.length > maxRows) {
    throw new InputError("labels", `has ${all.length}, no request has more than ${maxRows} rows`);
  }
  return { requestId: request_id, labels: all, model };
}
