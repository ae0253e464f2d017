import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import type { Registry } from "prom-client";
import { clientLimits } from "./limits.ts";

/** The port of clients: slow ones are cut, and there are never more connections than memory is planned for. */
export function clientPort(
  listener: RequestListener,
  maxConnections: number,
  onDrop: () => void,
): Server {
  const { idleMs, headMs, requestMs, checkMs } = clientLimits;
  const server = createServer(
    {
      keepAliveTimeout: idleMs,
      headersTimeout: headMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: checkMs,
    },
    listener,
  );
  server.maxConnections = maxConnections;
  server.on("drop", onDrop);
  return server;
}

/** The port of Prometheus. */
export function metricsPort(registry: Registry): Server {
  return createServer((request, response) => {
    if (request.url !== "/metrics") return void response.writeHead(404).end();
    void registry.metrics().then((text) => {
      response.writeHead(200, { "content-type": registry.contentType }).end(text);
    });
  });
}

/** @throws Error where the port is taken or not allowed */
export async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/**
 * Takes no more connections and resolves once those that are there have their answers. One without a request ends when none
 * of them had any for a while: what it had sent may not have been read yet.
 * @param patienceMs after which what is still being answered is cut
 */
export async function close(server: Server, quietMs: number, patienceMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), patienceMs);
  let askedAt = performance.now();
  server.on("request", () => (askedAt = performance.now()));
  // A request that came before the drain promised to keep its connection: it is idle only once that is answered.
  const idle = setInterval(() => {
    if (performance.now() - askedAt >= quietMs) server.closeIdleConnections();
  }, 100);
  // Its own `close` would end them at once.
  await new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
  clearInterval(idle);
  clearTimeout(cut);
}
