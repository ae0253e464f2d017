import type { Observe } from "../inference.ts";
import type { Metrics } from "../metrics.ts";
import type { Terms } from "../model/run/queue.ts";
import type { Prepared } from "./protocol.ts";

/** Who asked, and by what way. */
export interface Caller {
  requestId: string;
  route: string;
  time: Date;
  team: string | undefined;
  traceparent: string | undefined;
}

export interface AskServices {
  metrics: Metrics;
  observe: Observe;
}

/**
 * Asks the model, hands the answer to `reply`, and only then tells observers: the one way of every protocol.
 * @throws what `ServedModel.run` throws, NoFiniteAnswerError
 */
export async function ask<A>(
  { metrics, observe }: AskServices,
  caller: Caller,
  { model, question, answer }: Prepared<A>,
  terms: Terms | undefined,
  reply: (answer: A) => void,
): Promise<void> {
  const begin = performance.now();
  const outputs = await model.run(question.inputs, question.outputs, terms);
  const durationSeconds = (performance.now() - begin) / 1000;
  metrics.prediction(model.lineage, question.rows, durationSeconds);
  reply(answer(outputs));
  const { requestId, route, time, team, traceparent } = caller;
  observe({
    requestId,
    time,
    route,
    model,
    question,
    outputs,
    durationSeconds,
    team,
    traceparent,
    isShadow: model.lineage.slot === "shadow",
  });
}
