import { randomUUID } from "node:crypto";
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type Response,
} from "express";
import type { Logger } from "pino";
import { headers } from "../contracts/names.ts";
import type { Slot } from "../contracts/serving-config.ts";
import { Authenticator } from "./auth.ts";
import { RequestError } from "./errors.ts";
import type { ServerMetrics } from "./metrics.ts";
import type { ModelSet } from "./models/model-set.ts";
import { findVersion, infer, modelMetadata, serverMetadata } from "./protocols/open-inference.ts";
import { predict, predictV1, type Answer } from "./protocols/predict.ts";
import type { Settings } from "./settings.ts";

export interface AppOptions {
  settings: Pick<Settings, "apiKeyDigests" | "bodyLimit" | "rowLimit">;
  models: ModelSet;
  metrics: ServerMetrics;
  log: Logger;
  slot: () => Slot;
  /** True once the server was told to end: it answers on, and says that it is going. */
  isDraining: () => boolean;
}

type Answering = (request: Request) => Promise<Answer>;

const requestIdPattern = /^[\x21-\x7e]{1,128}$/;

/** Every route of the server. Health and metadata are open, inference asks for a key. */
export function createApp(options: AppOptions): Express {
  const { settings, models, metrics, isDraining } = options;
  const authenticator = new Authenticator(settings.apiKeyDigests);
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.use((request, response, next) => {
    const given = request.get(headers.requestId);
    const id = given !== undefined && requestIdPattern.test(given) ? given : randomUUID();
    response.set(headers.requestId, id);
    if (isDraining()) response.set("connection", "close");
    const began = performance.now();
    response.on("finish", () => {
      const seconds = (performance.now() - began) / 1_000;
      metrics.answered(routeOf(request), request.method, response.statusCode, seconds);
    });
    next();
  });

  const ready = (_: Request, response: Response) => {
    if (models.isReady && !isDraining()) response.json({ status: "ok" });
    else response.status(503).json({ status: "not ready", reasons: models.notReady });
  };
  const live = (_: Request, response: Response) => void response.json({ status: "ok" });
  app.get(["/health/live", "/v2/health/live"], live);
  app.get(["/health/ready", "/v2/health/ready"], ready);
  app.get("/v2", (_, response) => void response.json(serverMetadata));

  const json = express.json({ limit: settings.bodyLimit, strict: false, type: () => true });
  const authenticate = (request: Request, _: Response, next: () => void) => {
    authenticator.check(request.get(headers.apiKey));
    next();
  };
  const inference = (paths: string[], answering: Answering) =>
    app.post(paths, authenticate, json, async (request, response) => {
      const began = performance.now();
      const { model, rows, body } = await answering(request);
      metrics.predicted(model, options.slot(), rows, (performance.now() - began) / 1_000);
      const { lineage } = model;
      response.set({
        [headers.modelName]: lineage.name,
        [headers.modelVersion]: lineage.version,
        [headers.release]: lineage.release,
        [headers.dataVersion]: lineage.dataVersion,
        [headers.slot]: options.slot(),
      });
      response.json(body);
    });
  inference(["/predict"], (request) => predict(models, request.body, settings.rowLimit));
  inference(["/v1/models/:model\\:predict"], (request) =>
    predictV1(models, parameter(request, "model") ?? "", request.body, settings.rowLimit),
  );
  inference(["/v2/models/:model/infer", "/v2/models/:model/versions/:version/infer"], (request) =>
    infer(namedModel(models, request), request.body, settings.rowLimit),
  );
  app.get(
    ["/v2/models/:model", "/v2/models/:model/versions/:version"],
    authenticate,
    (request, response) => {
      response.json(modelMetadata(namedModel(models, request)));
    },
  );
  app.get(
    ["/v2/models/:model/ready", "/v2/models/:model/versions/:version/ready"],
    (request, response) => {
      const model = namedModel(models, request);
      response.json({ name: model.lineage.name, ready: true });
    },
  );
  app.use((request: Request) => {
    throw new RequestError(
      404,
      "not_found",
      `no route ${request.method} ${request.path.slice(0, 200)}`,
    );
  });
  app.use(answerError(options));
  return app;
}

function namedModel(models: ModelSet, request: Request) {
  return findVersion(models, parameter(request, "model") ?? "", parameter(request, "version"));
}

function parameter(request: Request, name: string): string | undefined {
  const value = request.params[name];
  return typeof value === "string" ? value : undefined;
}

/** The route's template, never the path as it was asked: labels must stay few. */
function routeOf(request: Request): string {
  const route = request.route as { path: string | string[] } | undefined;
  if (route === undefined) return "none";
  return Array.isArray(route.path) ? (route.path[0] ?? "none") : route.path;
}

/** The last handler: a client's fault is 4xx with a reason, ours is 500 without details. */
function answerError({ metrics, log }: AppOptions): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const fault = asRequestError(error);
    metrics.failed(fault.type);
    if (fault.status >= 500 && fault.type !== "not_ready")
      log.error({ err: error, path: routeOf(request) }, "request failed");
    if (fault.status === 503) response.set("retry-after", "1");
    response.status(fault.status).json({ error: fault.message });
  };
}

function asRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const { status, type, message } = error as {
    status?: unknown;
    type?: unknown;
    message?: unknown;
  };
  if (type === "entity.too.large")
    return new RequestError(413, "too_large", "the body is too large");
  // What express and its body parser find wrong with a request.
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new RequestError(
      status,
      "bad_request",
      `the request is malformed: ${String(message).slice(0, 200)}`,
    );
  }
  return new RequestError(500, "inference", "the server failed to answer; its log says why");
}
