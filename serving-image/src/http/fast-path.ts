import type { IncomingMessage, ServerResponse } from "node:http";
import { headers } from "../../../contracts/names.ts";
import type { Terms } from "../model/run/queue.ts";
import { ask } from "../protocols/ask.ts";
import type { AppOptions } from "./app.ts";
import { readBody } from "./body-reader.ts";
import { chooseModel } from "./choose-model.ts";
import { failure } from "./errors.ts";
import { authenticate, type Exchange } from "./exchange.ts";
import { decodeName, type InferencePath, inferenceRoutes } from "./inference-routes.ts";
import { sendAnswer, sendError } from "./send.ts";

const noQuery = new URLSearchParams();

/** Answers what asks a model, straight on node:http: express costs more than a small model's run. Never rejects. */
export async function answerInference(
  options: AppOptions,
  exchange: Exchange,
  path: InferencePath,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { models, metrics, log, isDraining, maxBodyBytes } = options;
  exchange.route = path.route;
  try {
    authenticate(exchange, request.headers[headers.apiKey], options.apiKeys());
    if (models.opening !== undefined) await models.opening;
    const body = await readBody(request, maxBodyBytes);
    const asked = {
      body,
      headerLength: headerOf(request, headers.inferenceHeaderLength),
      model: decodeName(path.model),
      version: decodeName(path.version),
      query: path.query === "" ? noQuery : new URLSearchParams(path.query),
    };
    const choose = (name?: string, version?: string) =>
      (exchange.model = chooseModel(models, name, version));
    const prepared = inferenceRoutes[path.route](asked, choose, options);
    await ask(options, exchange, prepared, termsOf(request, exchange), (answer) =>
      sendAnswer(exchange, response, answer, isDraining()),
    );
  } catch (error) {
    sendError(exchange, response, failure(error, exchange, metrics, log), isDraining());
  }
}

/** Nobody reads an answer that comes after the gateway gave up, or after the caller went. */
function termsOf(request: IncomingMessage, caller: Exchange): Terms {
  const timeout = headerOf(request, headers.gatewayTimeout);
  if (timeout === undefined || !/^[1-9]\d{0,8}$/.test(timeout)) return { caller };
  return { caller, deadline: caller.begin + Number(timeout) };
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}
