import type { ServerResponse } from "node:http";
import { headers } from "../../../contracts/names.ts";
import type { ServedModel } from "../model/model.ts";
import { type Answer, BinaryAnswer } from "../protocols/protocol.ts";
import type { HttpError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { clientLimits } from "./limits.ts";

/** node:http writes a string together with its headers, bytes behind them; larger bodies are not worth a copy more. */
const mostInOneWrite = 64 * 1024;

const prepared = new WeakMap<ServedModel, readonly string[]>();

/** Names and values of the headers that carry a model's lineage (SPEC G-11), one after the other. */
export function lineageHeaders(model: ServedModel): readonly string[] {
  let list = prepared.get(model);
  if (list === undefined) {
    const { name, version, release, dataVersion, slot } = model.lineage;
    list = [
      [headers.modelName, name],
      [headers.modelVersion, version],
      [headers.release, release],
      [headers.dataVersion, encodeURI(dataVersion)],
      [headers.slot, slot],
    ].flat();
    prepared.set(model, list);
  }
  return list;
}

/** Writes an answer, straight to node:http. */
export function sendAnswer(
  exchange: Exchange,
  response: ServerResponse,
  answer: Answer,
  isLast: boolean,
): void {
  if (!(answer instanceof BinaryAnswer)) {
    return send(exchange, response, 200, JSON.stringify(answer), isLast);
  }
  const { head, tensors } = answer;
  const length = tensors.reduce((sum, bytes) => sum + bytes.length, head.length);
  const list = common(exchange, "application/octet-stream", length, isLast);
  list.push(headers.inferenceHeaderLength, String(head.length));
  response.writeHead(200, list);
  const body = Buffer.concat([head, ...tensors], length);
  if (length <= mostInOneWrite) response.end(body.toString("latin1"), "latin1");
  else response.end(body);
  cutWhereUnread(response);
}

/** Writes `{"error": ...}`. */
export function sendError(
  exchange: Exchange,
  response: ServerResponse,
  error: HttpError,
  isLast: boolean,
): void {
  if (response.headersSent || response.destroyed) return;
  const extra =
    error.retryAfterSeconds === undefined ? [] : ["retry-after", String(error.retryAfterSeconds)];
  send(exchange, response, error.status, JSON.stringify({ error: error.message }), isLast, extra);
}

function send(
  exchange: Exchange,
  response: ServerResponse,
  status: number,
  text: string,
  isLast: boolean,
  extra: readonly string[] = [],
): void {
  const length = Buffer.byteLength(text);
  const list = common(exchange, "application/json; charset=utf-8", length, isLast);
  list.push(...extra);
  response.writeHead(status, list);
  // Text of one byte a character is ASCII, which is written without being looked at again.
  response.end(text, length === text.length ? "latin1" : "utf8");
  cutWhereUnread(response);
}

/** What the socket did not take at once is kept for a client that reads on, and not for ever. */
function cutWhereUnread(response: ServerResponse): void {
  if (response.writableLength > 0) response.setTimeout(clientLimits.requestMs);
}

/** @param isLast whether the connection ends with this answer, as the server drains */
function common(exchange: Exchange, type: string, length: number, isLast: boolean): string[] {
  const list = [
    headers.requestId,
    exchange.requestId,
    "content-type",
    type,
    "content-length",
    String(length),
  ];
  if (exchange.model !== undefined) list.push(...lineageHeaders(exchange.model));
  if (isLast) list.push("connection", "close");
  return list;
}
