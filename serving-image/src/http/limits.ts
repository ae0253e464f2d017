/** How long clients may take, in milliseconds; the same on the ports of HTTP and of gRPC. */
export interface ClientLimits {
  /** From a connection to the head of its first request, or to the opening of HTTP/2. */
  headMs: number;
  /** From the begin of a request to its end; and from an answer to when all of it has been read. */
  requestMs: number;
  /** How often these are looked at. */
  checkMs: number;
  /** A connection without a request is kept this long. */
  idleMs: number;
}

export const clientLimits: ClientLimits = {
  headMs: 10_000,
  requestMs: 30_000,
  // Node's own 30 s would triple them.
  checkMs: 5_000,
  // Envoy keeps idle connections for an hour: closing first would meet a request that is on its way.
  idleMs: 65 * 60_000,
};
