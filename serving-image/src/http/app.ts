import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import type { Logger } from "pino";
import { headers } from "../../../contracts/names.ts";
import type { ApiKey } from "../config/api-keys.ts";
import type { Observers } from "../inference.ts";
import type { Metrics } from "../metrics.ts";
import type { ServedModel } from "../model/model.ts";
import type { Models } from "../model/models.ts";
import { ask } from "../protocols/ask.ts";
import { readFeedback } from "../protocols/feedback.ts";
import { modelMetadata, serverMetadata } from "../protocols/open-inference/metadata.ts";
import { temperatureQuestion, temperatureRoute } from "../protocols/predict-temperature.ts";
import { readBody } from "./body-reader.ts";
import { chooseModel, modelWithRoute } from "./choose-model.ts";
import { failure, HttpError } from "./errors.ts";
import { authenticate, type Exchange } from "./exchange.ts";
import { inferenceRoutes } from "./inference-routes.ts";
import { docsRoute, docsScriptRoute, openApiRoute } from "./openapi/routes.ts";
import { type Readiness, readinessAnswer } from "./readiness.ts";
import { lineageHeaders } from "./send.ts";

export interface AppOptions extends Observers {
  models: Models;
  metrics: Metrics;
  log: Logger;
  readiness: () => Readiness;
  isDraining: () => boolean;
  /** Keys that are known; undefined where anybody may ask. */
  apiKeys: () => readonly ApiKey[] | undefined;
  maxBodyBytes: number;
  maxRows: number;
}

type Method = "get" | "post";

/** The HTTP surface but for what asks a model: probes for everybody, the rest for who shows a key. */
export function createApp(options: AppOptions): Express {
  const { models, readiness } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.set("query parser", "simple");

  const allowed: RequestHandler = (request, response, next) => {
    authenticate(exchangeOf(response), request.get(headers.apiKey), options.apiKeys());
    next();
  };
  const named = (path: string): [pattern: string, handler: RequestHandler] => [
    // `{model}` is how people write a parameter; `:` is how express does.
    path.replace(/:predict$/, "\\:predict").replace(/\{(\w+)\}/g, ":$1"),
    (_request, response, next) => {
      exchangeOf(response).route = path;
      next();
    },
  ];
  const refuseOthers = (method: Method, path: string) => {
    const [pattern, name] = named(path);
    app.all(pattern, name, (_request, response) => {
      response.setHeader("allow", method === "get" ? "GET, HEAD" : "POST");
      throw new HttpError(405, "bad-request", `use ${method.toUpperCase()} for ${path}`);
    });
  };
  const route = (method: Method, path: string, ...handlers: RequestHandler[]) => {
    const [pattern, name] = named(path);
    app[method](pattern, name, ...handlers);
    refuseOthers(method, path);
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
  const v2Model = (tail: string, handler: RequestHandler) => {
    route("get", `/v2/models/{model}${tail}`, allowed, handler);
    route("get", `/v2/models/{model}/versions/{version}${tail}`, allowed, handler);
  };
  const v2Named = ({ params }: Request, response: Response): ServedModel => {
    const { version } = params;
    const asked = typeof version === "string" ? version : undefined;
    return attach(chooseModel(models, String(params["model"]), asked), response);
  };
  v2Model("", (request, response) => {
    const model = v2Named(request, response);
    const versions = models.versions(model.lineage.name).map(({ lineage }) => lineage.version);
    response.json(modelMetadata(model, versions));
  });
  v2Model("/ready", (request, response) => {
    const model = v2Named(request, response);
    response.json({ name: model.lineage.name, ready: true });
  });

  route("get", "/v1/models", allowed, (_request, response) => {
    // What is configured but not served yet is a model of this server, too.
    const configured = models.problems.map(({ model }) => model);
    response.json({ models: [...new Set([...models.names, ...configured])] });
  });
  // Before the route of a model, whose pattern has room for a name with a verb.
  for (const path of Object.keys(inferenceRoutes)) refuseOthers("post", path);
  app.all("/v1/models/:model\\::verb", refuseUnknown);
  route("get", "/v1/models/{model}", allowed, (request, response) => {
    const { lineage } = attach(chooseModel(models, String(request.params["model"])), response);
    response.json({ name: lineage.name, ready: true });
  });

  route("get", `/${temperatureRoute}`, allowed, async (request, response) => {
    const query = new URL(request.originalUrl, "http://localhost").searchParams;
    const name = query.get("model") ?? undefined;
    const model = attach(modelWithRoute(models, temperatureRoute, name), response);
    const prepared = temperatureQuestion(query, model, options);
    await ask(options, exchangeOf(response), prepared, undefined, (answer) => {
      response.json(answer);
    });
  });
  route("post", "/feedback", allowed, async (request, response) => {
    const body = await readBody(request, options.maxBodyBytes);
    const { time, team } = exchangeOf(response);
    options.feedback({ ...readFeedback(body, options.maxRows), time, team });
    response.status(202).json({ status: "accepted" });
  });

  route("get", "/openapi.json", allowed, openApiRoute(options));
  route("get", "/docs", docsRoute);
  route("get", "/docs.js", docsScriptRoute);

  app.use(refuseUnknown);
  app.use(errorHandler(options));
  return app;
}

const refuseUnknown: RequestHandler = ({ method, path }) => {
  throw new HttpError(404, "unknown-route", `no route ${method} ${path.slice(0, 100)}`);
};

function exchangeOf(response: Response): Exchange {
  return response.locals as unknown as Exchange;
}

/** From here on the answer carries the model's lineage, errors included (SPEC G-11). */
function attach(model: ServedModel, response: Response): ServedModel {
  exchangeOf(response).model = model;
  const list = lineageHeaders(model);
  for (let index = 0; index < list.length; index += 2) {
    response.setHeader(list[index] ?? "", list[index + 1] ?? "");
  }
  return model;
}

/** Every failure leaves as `{"error": ...}`. */
function errorHandler({ metrics, log }: AppOptions): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const known = failure(error, exchangeOf(response), metrics, log);
    if (response.headersSent) return void next(error);
    if (known.retryAfterSeconds !== undefined) {
      response.setHeader("retry-after", String(known.retryAfterSeconds));
    }
    response.status(known.status).json({ error: known.message });
  };
}
