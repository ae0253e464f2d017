import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What an API server is asked: "GET configmaps isotherm.dev/release" with the label that a list is chosen by. */
type Answers = Record<string, (body: unknown) => { status?: number; body: unknown }>;

/** An API server that holds nothing but what it is given, and a kubeconfig that leads to it. */
export class FakeCluster {
  /** What has no answer is an empty list, or where the last part of the path is not a plural, a 404. */
  answers: Answers = {};
  asked: string[] = [];
  #server: Server | undefined;

  /** @param kubeconfig the file to write, with one context of that name */
  async start(context: string, kubeconfig: string): Promise<this> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const { port } = this.#server.address() as AddressInfo;
    writeFileSync(
      kubeconfig,
      `apiVersion: v1
kind: Config
clusters: [{ name: ${context}, cluster: { server: "http://127.0.0.1:${port}", insecure-skip-tls-verify: true } }]
users: [{ name: ${context}, user: { token: t } }]
contexts: [{ name: ${context}, context: { cluster: ${context}, user: ${context} } }]
`,
    );
    return this;
  }

  stop(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const last = pathname.split("/").at(-1) ?? "";
    const label = searchParams.get("labelSelector")?.split(",").at(1);
    const asked = [request.method, last, ...(label === undefined ? [] : [label])].join(" ");
    this.asked.push(asked);
    const found = this.answers[asked]?.(text === "" ? undefined : JSON.parse(text));
    const isList = /^(configmaps|secrets|pods|deployments|httproutes|grpcroutes)$/.test(last);
    const { status = 200, body } =
      found ?? (isList ? { body: { items: [] } } : { status: 404, body: { kind: "Status" } });
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  }
}

/** The records of releases as a cluster keeps them, each admitted at that time. */
export function admittedReleases(at: Readonly<Record<string, string>>) {
  const items = Object.entries(at).map(([digest, admittedAt]) => ({
    data: { digest, "admission.json": JSON.stringify({ admittedAt }) },
  }));
  return { "GET configmaps isotherm.dev/release": () => ({ body: { items } }) };
}
