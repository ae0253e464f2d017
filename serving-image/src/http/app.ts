import express, { type Express, type Request, type RequestHandler, type Response } from "express";
import type { Logger } from "pino";
import { headers } from "../../../contracts/names.ts";
import type { Observe } from "../inference.ts";
import type { Metrics } from "../metrics.ts";
import type { ServedModel, Tensors } from "../model/model.ts";
import type { Models } from "../model/models.ts";
import { parseJson } from "../protocols/body.ts";
import {
  inferAnswer,
  inferQuestion,
  modelMetadata,
  serverMetadata,
} from "../protocols/open-inference.ts";
import {
  predictAnswer,
  predictModelName,
  predictQuestion,
  v1Question,
} from "../protocols/predict.ts";
import type { Answer, Question } from "../protocols/protocol.ts";
import { errorHandler, HttpError } from "./errors.ts";
import { type Readiness, readinessAnswer } from "./readiness.ts";
import { stateOf } from "./state.ts";
import { accounting, authentication, farewell } from "./surroundings.ts";

export interface AppOptions {
  models: Models;
  metrics: Metrics;
  observe: Observe;
  log: Logger;
  readiness: () => Readiness;
  isDraining: () => boolean;
  /** Digests of keys; undefined where anybody may ask. */
  apiKeys: () => readonly Buffer[] | undefined;
  maxBodyBytes: number;
  maxRows: number;
}

type Method = "get" | "post";

/** The HTTP surface: probes for everybody, protocols for who shows a key. */
export function createApp(options: AppOptions): Express {
  const { models, metrics, log, readiness, maxRows } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "simple");
  app.use(accounting(metrics, log), farewell(options.isDraining));

  const body = express.raw({ type: () => true, limit: options.maxBodyBytes, inflate: false });
  const allowed = authentication(options.apiKeys);
  const route = (method: Method, path: string, ...handlers: RequestHandler[]) => {
    // `{model}` is how people write a parameter; `:` is how express does.
    const pattern = path.replace(/:predict$/, "\\:predict").replace(/\{(\w+)\}/g, ":$1");
    const named: RequestHandler = (_request, response, next) => {
      stateOf(response).route = path;
      next();
    };
    app[method](pattern, named, ...handlers);
    app.all(pattern, named, (_request, response, next) => {
      response.setHeader("allow", method === "get" ? "GET, HEAD" : "POST");
      next(new HttpError(405, "bad-request", `use ${method.toUpperCase()} for ${path}`));
    });
  };
  const modelNamed = (name: string, response: Response): ServedModel => {
    const model = models.get(name);
    if (model === undefined) throw missingModel(name, models);
    return attach(model, response);
  };
  const answer = async <Q extends Question>(
    request: Request,
    response: Response,
    model: ServedModel,
    question: Q,
    inWords: (question: Q, outputs: Tensors, model: ServedModel) => Answer,
  ): Promise<void> => {
    const time = new Date();
    const begin = performance.now();
    const outputs = await model.run(question.inputs, question.outputs);
    const durationSeconds = (performance.now() - begin) / 1000;
    metrics.prediction(model.lineage, question.rows, durationSeconds);
    response.json(inWords(question, outputs, model));
    const { requestId, route } = stateOf(response);
    options.observe({
      requestId,
      time,
      route,
      model,
      question,
      outputs,
      durationSeconds,
      team: undefined,
      traceparent: request.get("traceparent"),
      isShadow: model.lineage.slot === "shadow",
    });
  };

  route("get", "/health/live", (_request, response) => void response.json({ status: "ok" }));
  route("get", "/health/ready", (_request, response) => {
    const { status, body: answer } = readinessAnswer(readiness());
    response.status(status).json(answer);
  });
  route("get", "/v2/health/live", (_request, response) => void response.json({ live: true }));
  route("get", "/v2/health/ready", (_request, response) => {
    const { status, body: answer } = readinessAnswer(readiness());
    response.status(status).json({ ready: status === 200, ...answer });
  });

  route("get", "/v2", allowed, (_request, response) => void response.json(serverMetadata));
  const v2Model = (tail: string, method: Method, ...handlers: RequestHandler[]) => {
    route(method, `/v2/models/{model}${tail}`, allowed, ...handlers);
    route(method, `/v2/models/{model}/versions/{version}${tail}`, allowed, ...handlers);
  };
  const v2Named = (request: Request, response: Response): ServedModel => {
    const { version } = request.params;
    const model = modelNamed(nameOf(request), response);
    if (version === undefined || version === model.lineage.version) return model;
    const served = `'${model.lineage.name}' is served in version ${model.lineage.version}`;
    throw new HttpError(404, "unknown-model", `${served} only`);
  };
  v2Model("", "get", (request, response) => {
    response.json(modelMetadata(v2Named(request, response)));
  });
  v2Model("/ready", "get", (request, response) => {
    const model = v2Named(request, response);
    response.json({ name: model.lineage.name, ready: true });
  });
  v2Model("/infer", "post", body, async (request, response) => {
    if (request.get("inference-header-content-length") !== undefined) {
      throw new HttpError(400, "bad-input", "binary tensors are not served: send them as JSON");
    }
    const model = v2Named(request, response);
    const question = inferQuestion(parseJson(request.body), model, maxRows);
    await answer(request, response, model, question, inferAnswer);
  });
  route("post", "/v1/models/{model}:predict", allowed, body, async (request, response) => {
    const model = modelNamed(nameOf(request), response);
    const question = v1Question(parseJson(request.body), model, maxRows);
    await answer(request, response, model, question, predictAnswer);
  });
  route("post", "/predict", allowed, body, async (request, response) => {
    const asked = parseJson(request.body);
    const name = predictModelName(asked);
    const model =
      name === undefined ? attach(onlyModel(models), response) : modelNamed(name, response);
    const question = predictQuestion(asked, model, maxRows);
    await answer(request, response, model, question, predictAnswer);
  });

  app.use((request) => {
    throw new HttpError(
      404,
      "unknown-route",
      `no route ${request.method} ${request.path.slice(0, 100)}`,
    );
  });
  app.use(errorHandler(metrics, log));
  return app;
}

function nameOf(request: Request): string {
  return String(request.params["model"]);
}

/** From here on the answer carries the model's lineage, errors included (SPEC G-11). */
function attach(model: ServedModel, response: Response): ServedModel {
  const { lineage } = model;
  stateOf(response).model = model;
  response.setHeader(headers.modelName, lineage.name);
  response.setHeader(headers.modelVersion, lineage.version);
  response.setHeader(headers.release, lineage.release);
  response.setHeader(headers.dataVersion, encodeURI(lineage.dataVersion));
  response.setHeader(headers.slot, lineage.slot);
  return model;
}

function onlyModel(models: Models): ServedModel {
  const [model, ...others] = models.served;
  if (model === undefined) throw new HttpError(503, "not-ready", "no model is loaded yet");
  if (others.length === 0) return model;
  const names = models.served.map(({ lineage }) => lineage.name).join(", ");
  throw new HttpError(400, "bad-input", `model: is missing, this server has ${names}`);
}

function missingModel(name: string, models: Models): HttpError {
  const problem = models.problems.find(({ model }) => model === name);
  if (problem !== undefined) {
    return new HttpError(503, "not-ready", `model '${name}' is not ready: ${problem.reason}`);
  }
  return new HttpError(404, "unknown-model", `no model '${name.slice(0, 64)}' on this server`);
}
