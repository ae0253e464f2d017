import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** An API server that lists what it is given, by plural, and keeps who asked for what. */
export class ApiServer {
  /** "<token> <path>", port-forwards too. */
  readonly asked: string[] = [];
  readonly #lists: Readonly<Record<string, unknown[]>>;
  readonly #server = createServer((request, response) => {
    const plural = this.#note(request).split("/").at(-1) ?? "";
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ items: this.#lists[plural] ?? [] }));
  });

  constructor(lists: Readonly<Record<string, unknown[]>> = {}) {
    this.#lists = lists;
    this.#server.on("upgrade", (request: IncomingMessage, socket) => {
      this.#note(request);
      socket.destroy();
    });
  }

  async listen(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #note({ url = "", headers }: IncomingMessage): string {
    const { pathname } = new URL(url, this.url);
    this.asked.push(`${headers.authorization?.replace("Bearer ", "") ?? "nobody"} ${pathname}`);
    return pathname;
  }
}

/** Writes a kubeconfig with a context for each server; the user's token is "token of <context>". */
export function writeKubeConfig(file: string, servers: Readonly<Record<string, ApiServer>>): void {
  const named = (entry: (name: string) => object) =>
    Object.keys(servers).map((name) => ({ name, ...entry(name) }));
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: named((name) => ({
      // Without it, the client asks no server over plain HTTP.
      cluster: { server: servers[name]?.url, "insecure-skip-tls-verify": true },
    })),
    users: named((name) => ({ user: { token: `token of ${name}` } })),
    contexts: named((name) => ({ context: { cluster: name, user: name } })),
  };
  writeFileSync(file, JSON.stringify(config));
}
