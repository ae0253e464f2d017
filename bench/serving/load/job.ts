/** What a generator of load is to do. */
export interface LoadJob {
  port: number;
  /** The whole HTTP request, base64. */
  request: string;
  connections: number;
  /** Requests a second; undefined for a closed loop, in which every answer is followed by the next request. */
  rate?: number;
  warmUpMs: number;
  measureMs: number;
}

/** Latencies in milliseconds. Of an open loop they count from when a request was due, so that a wait for a free connection is in. */
export interface LoadResult {
  /** Answered in the measured time. */
  requests: number;
  /** Answered at all, warm-up included. */
  total: number;
  /** Answers that were not 200. */
  errors: number;
  seconds: number;
  mean: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
  /** Share of a core that the generator itself used: near 1 in a closed loop, it is the generator that was measured. */
  busy: number;
}

/** A request of a model's inference route. */
export function inferRequest(
  path: string,
  body: string | Buffer,
  headers: Record<string, string>,
): Buffer {
  const bytes = Buffer.from(body);
  const lines = Object.entries({
    host: "127.0.0.1",
    "content-type": "application/json",
    "content-length": String(bytes.length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  const head = [`POST ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** A request that asks whether a server is alive. */
export const healthRequest = Buffer.from("GET /v2/health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
