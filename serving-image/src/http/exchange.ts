import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { headers } from "../../../contracts/names.ts";
import { type ApiKey, findKey } from "../config/api-keys.ts";
import type { Metrics } from "../metrics.ts";
import type { ServedModel } from "../model/model.ts";
import { callerGone, HttpError } from "./errors.ts";

/** What is known about a request while it is answered. */
export interface Exchange {
  requestId: string;
  /** Template of the route, never the path itself: a label's values must stay few. */
  route: string;
  time: Date;
  /** When it came, on the clock of `performance.now()`. */
  begin: number;
  /** W3C trace context, where the caller sent one that is well-formed. */
  traceparent: string | undefined;
  /** Whose key the caller showed. */
  team: string | undefined;
  /** Whether the caller went before there was an answer. */
  isGone: boolean;
  /** Which model answers, once that is known. */
  model?: ServedModel;
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const requestIdPattern = /^[\w.:-]{1,128}$/;
const traceparentPattern =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's own id where it can be a label in a log, else a new one. */
export function requestIdOf(given: unknown): string {
  return typeof given === "string" && requestIdPattern.test(given) ? given : randomUUID();
}

export function traceparentOf(given: unknown): string | undefined {
  return typeof given === "string" && traceparentPattern.test(given) ? given : undefined;
}

/** Begins an exchange: its answer will be counted, timed and logged. */
export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: Metrics,
  log: Logger,
): Exchange {
  const exchange: Exchange = {
    requestId: requestIdOf(request.headers[headers.requestId]),
    route: "unmatched",
    time: new Date(),
    begin: performance.now(),
    traceparent: traceparentOf(request.headers[headers.traceparent]),
    team: undefined,
    isGone: false,
  };
  response.on("close", () => {
    exchange.isGone = !response.writableFinished;
    const elapsed = (performance.now() - exchange.begin) / 1000;
    const method = methods.has(request.method ?? "") ? (request.method ?? "") : "OTHER";
    const status = exchange.isGone ? callerGone : response.statusCode;
    metrics.request(exchange.route, method, status, elapsed);
    const { requestId, route: path, team, traceparent } = exchange;
    log.debug({ requestId, method, path, status, elapsed, team, traceparent }, "answered");
  });
  return exchange;
}

/**
 * Lets in only who shows a key.
 * @param known keys; undefined where anybody may ask
 * @throws HttpError 401
 */
export function authenticate(
  exchange: Exchange,
  key: unknown,
  known: readonly ApiKey[] | undefined,
): void {
  if (known === undefined) return;
  const found = typeof key === "string" ? findKey(key, known) : undefined;
  if (found === undefined) {
    const problem = key === undefined ? "is missing" : "is not known";
    throw new HttpError(401, "unauthorized", `header ${headers.apiKey} ${problem}`);
  }
  exchange.team = found.team;
}
