import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";
import type { Logger } from "pino";
import { headers } from "../../../contracts/names.ts";
import { isKnownKey } from "../config/api-keys.ts";
import type { Metrics } from "../metrics.ts";
import { HttpError } from "./errors.ts";
import { stateOf } from "./state.ts";

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Gives each request an id and counts, times and logs its answer. */
export function accounting(metrics: Metrics, log: Logger): RequestHandler {
  return (request, response, next) => {
    const begin = performance.now();
    const state = stateOf(response);
    const given = request.get(headers.requestId);
    state.requestId = given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
    state.route = "unmatched";
    response.setHeader(headers.requestId, state.requestId);
    response.once("close", () => {
      const elapsed = (performance.now() - begin) / 1000;
      const method = methods.has(request.method) ? request.method : "OTHER";
      // 499: the client went before there was an answer.
      const status = response.writableFinished ? response.statusCode : 499;
      metrics.request(state.route, method, status, elapsed);
      const { requestId, route: path } = state;
      log.debug({ requestId, method, path, status, elapsed }, "answered");
    });
    next();
  };
}

/** Lets in only who shows a key. Not the probes: the kubelet has none. */
export function authentication(keys: () => readonly Buffer[] | undefined): RequestHandler {
  return (request, _response, next) => {
    const digests = keys();
    if (digests === undefined) return next();
    const key = request.get(headers.apiKey);
    if (key !== undefined && isKnownKey(key, digests)) return next();
    const problem = key === undefined ? "is missing" : "is not known";
    next(new HttpError(401, "unauthorized", `header ${headers.apiKey} ${problem}`));
  };
}

/** Tells clients to come back on another connection, and so to another server, once this one drains. */
export function farewell(isDraining: () => boolean): RequestHandler {
  return (_request, response, next) => {
    if (isDraining()) response.setHeader("connection", "close");
    next();
  };
}
