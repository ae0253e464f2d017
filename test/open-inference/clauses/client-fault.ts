import { z } from "zod";
import { demand } from "../clause.ts";
import { type Exchange, excerpt, parsed } from "../http.ts";

const ErrorObject = z.object({ error: z.string().min(1) });

/**
 * A client's fault, answered as one: 4xx with the error object.
 * @param fault in few words, for the message
 * @throws Failed where it is not
 */
export function clientFault(exchange: Exchange, fault: string): void {
  const { status } = exchange;
  const seen = `${fault} is answered with ${status}: ${excerpt(exchange)}`;
  demand(status >= 400 && status < 500, seen);
  // Health answers need no body.
  if (!exchange.request.endsWith("/ready")) parsed(exchange, ErrorObject);
}

/** A failure of whichever side: an HTTP error status with the error object, as the specification demands. */
export function anyFault(exchange: Exchange, fault: string): void {
  const { status } = exchange;
  demand(status >= 400, `${fault} is answered with ${status}: ${excerpt(exchange)}`);
  parsed(exchange, ErrorObject);
}
