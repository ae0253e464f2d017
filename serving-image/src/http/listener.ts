import type { RequestListener } from "node:http";
import type { Response } from "express";
import { headers } from "../../../contracts/names.ts";
import { type AppOptions, createApp } from "./app.ts";
import { openExchange } from "./exchange.ts";
import { answerInference } from "./fast-path.ts";
import { inferencePath } from "./inference-routes.ts";

/** Everything that comes over HTTP: what asks a model goes the short way, the rest to express. */
export function createListener(options: AppOptions): RequestListener {
  const { metrics, log, isDraining } = options;
  const app = createApp(options);
  return (request, response) => {
    const exchange = openExchange(request, response, metrics, log);
    const path = request.method === "POST" ? inferencePath(request.url ?? "") : undefined;
    if (path !== undefined) {
      void answerInference(options, exchange, path, request, response);
      return;
    }
    response.setHeader(headers.requestId, exchange.requestId);
    if (isDraining()) response.setHeader("connection", "close");
    (response as Response).locals = exchange as unknown as Response["locals"];
    app(request, response);
  };
}
