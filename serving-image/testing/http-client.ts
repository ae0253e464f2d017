import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { apiKey } from "./server-process.ts";

export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Many requests to one server, with few connections that stay open; paths, headers and bodies go as they are. */
export class HttpClient {
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(url: string) {
    this.#url = new URL(url);
  }

  async send(
    method: string,
    path: string,
    body: string | Uint8Array = "",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawAnswer> {
    const { hostname, port } = this.#url;
    return new Promise((resolve, reject) => {
      const outgoing = request({
        ...{ hostname, port, method, path, agent: this.#agent },
        headers: { "x-api-key": apiKey, "content-length": Buffer.byteLength(body), ...headers },
      });
      outgoing.on("error", reject);
      outgoing.on("response", (response) => {
        buffer(response).then((bytes) => {
          const { statusCode = 0, headers: answered } = response;
          resolve({ status: statusCode, headers: answered, body: bytes });
        }, reject);
      });
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
