/** Test support: an API server that answers as a test says, and a context on it. */
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import type { Properties } from "../shared/values.ts";
import { Api } from "./api.ts";
import { Client } from "./client.ts";
import type { Context } from "./context.ts";

type Answer = { code?: number; body: Properties };
type Handler = (request: { method: string; url: URL; body: Properties }) => Answer | undefined;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

export const discovery: Record<string, Properties> = {
  "/api/v1": {
    resources: [
      { name: "configmaps", kind: "ConfigMap", namespaced: true },
      { name: "services", kind: "Service", namespaced: true },
      { name: "services/status", kind: "Service", namespaced: true },
    ],
  },
};

async function readBody(request: IncomingMessage): Promise<Properties> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : (JSON.parse(text) as Properties);
}

/** A context on an API server that answers as `handler` says, and 404 otherwise; `log` is what was asked and told. */
export async function cluster(
  handler: Handler,
): Promise<{ context: Context; log: string[]; cancel(): void }> {
  const log: string[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://x");
    const method = request.method ?? "";
    const body = await readBody(request);
    const known = discovery[url.pathname];
    if (known === undefined) log.push(`${method} ${url.pathname}${url.search}`);
    const answer = known ? { body: known } : handler({ method, url, body });
    response.writeHead(answer?.code ?? (answer ? 200 : 404), {
      "content-type": "application/json",
    });
    response.end(JSON.stringify(answer?.body ?? { message: "not found", reason: "NotFound" }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const cancellation = new AbortController();
  const client = new Client(
    {
      server: new URL(`http://127.0.0.1:${port}`),
      namespace: "default",
      tls: { rejectUnauthorized: true },
      authorization: async () => "Bearer t",
    },
    cancellation.signal,
  );
  const told = (message: string): void => void (message !== "" && log.push(`told: ${message}`));
  const context: Context = {
    urn: "urn:pulumi:dev::p::kubernetes:core/v1:ConfigMap::x",
    cluster: { reachable: true, api: new Api(client), namespace: "default" },
    mutable: { secrets: false, configMaps: false },
    deleteUnreachable: false,
    cancelled: cancellation.signal,
    info: told,
    warn: told,
    progress: told,
    progressWarning: told,
  };
  return { context, log, cancel: () => cancellation.abort() };
}

export const settings: Properties = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "x", namespace: "n" },
  data: { a: "1" },
};
export const path = "/api/v1/namespaces/n/configmaps/x";
