import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

export interface FakeAnswer {
  status: number;
  body?: string | Uint8Array;
}

/** What stands between a fake server and its answers, for tests of bad days. */
export interface Weather {
  /** Nothing is answered before. */
  clears?: Promise<void>;
  /**
   * Called before each request is looked at. "drop" cuts the connection, "hang" never answers, "cut" cuts it in the
   * middle of the answer's body, "stall" never ends the body.
   */
  strike?: (request: FakeRequest) => FakeAnswer | "drop" | "hang" | "cut" | "stall" | undefined;
}

/** A fake server in this process: real HTTP on a free port of the loopback, everything else in memory. */
export class FakeServer {
  readonly requests: FakeRequest[] = [];
  weather: Weather = {};
  readonly #server: Server;
  readonly #answer: (request: FakeRequest) => FakeAnswer;

  constructor(answer: (request: FakeRequest) => FakeAnswer) {
    this.#answer = answer;
    this.#server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const url = new URL(incoming.url ?? "/", "http://fake");
        const request: FakeRequest = {
          method: incoming.method ?? "GET",
          path: decodeURIComponent(url.pathname.slice(1)),
          query: url.searchParams,
          headers: incoming.headers,
          body: Buffer.concat(chunks),
        };
        this.requests.push(request);
        const { clears } = this.weather;
        if (clears === undefined) respond(request);
        else void clears.then(() => respond(request));
      });
      const respond = (request: FakeRequest) => {
        const struck = this.weather.strike?.(request);
        if (struck === "hang") return;
        if (struck === "drop") {
          incoming.socket.destroy();
          return;
        }
        if (struck === "cut" || struck === "stall") {
          const { status, body = "" } = answer(request);
          const bytes = Buffer.from(body);
          response.writeHead(status, { "content-length": bytes.length });
          response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
            if (struck === "cut") incoming.socket.destroy();
          });
          return;
        }
        const { status, body } = struck ?? answer(request);
        response.writeHead(status).end(body);
      };
    });
  }

  /** Answers without a network, for tests of thousands of requests; there is no weather here. */
  async answer(asked: Request): Promise<Response> {
    const url = new URL(asked.url);
    const { status, body } = this.#answer({
      method: asked.method,
      path: decodeURIComponent(url.pathname.slice(1)),
      query: url.searchParams,
      headers: Object.fromEntries(asked.headers),
      body: Buffer.from(await asked.arrayBuffer()),
    });
    return new Response(body as ConstructorParameters<typeof Response>[0], { status });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
