import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { SeenObject } from "../src/record/seen-object.ts";

type Json = Record<string, unknown>;

interface FakeObject extends Json {
  metadata: Json & { name: string; labels: Record<string, string> };
}

/** What one write of an object says beside its content. */
export interface Write {
  /** Name of the field manager. */
  manager?: string;
  annotations?: Record<string, string>;
  at?: string;
  subresource?: string;
}

/**
 * Objects of a namespace, with versions and managers as an API server keeps them, and as much of its HTTP as a list and a
 * watch ask for. What a real one does with selectors beyond a label's presence and value is seen end to end.
 */
export class FakeCluster {
  /** By plural, then by name. */
  readonly #objects = new Map<string, Map<string, FakeObject>>();
  readonly #watches = new Set<{ plural: string; selector: string; response: ServerResponse }>();
  readonly #events: { plural: string; type: string; object: FakeObject; version: number }[] = [];
  #version = 100;
  #server: Server | undefined;
  /** Versions up to this one are forgotten: a watch that starts before them is told so. */
  forgotten = 0;
  /** Requests for lists and watches, in order. */
  readonly requests: { plural: string; watch: boolean; from: string | null }[] = [];

  /** Makes or changes an object. */
  put(plural: string, name: string, labels: Record<string, string>, body: Json, write: Write = {}) {
    const objects = this.#objects.get(plural) ?? new Map<string, FakeObject>();
    this.#objects.set(plural, objects);
    const before = objects.get(name);
    const version = ++this.#version;
    const { manager = "pulumi-kubernetes-0a1b2c3d", at = "2026-11-01T10:00:00Z" } = write;
    const annotations = write.annotations ?? {};
    const fields = {
      "f:metadata": {
        "f:annotations": Object.fromEntries(
          Object.keys(annotations).map((key) => [`f:${key}`, {}]),
        ),
      },
      "f:spec": { "f:rules": {}, "f:template": {} },
      "f:data": {},
      "f:status": {},
    };
    const kept = (before?.metadata["managedFields"] as Json[] | undefined) ?? [];
    const object: FakeObject = {
      metadata: {
        uid: `uid-${plural}-${name}-${version}`,
        creationTimestamp: at,
        ...before?.metadata,
        name,
        namespace: "isotherm-prod",
        labels,
        resourceVersion: String(version),
        annotations: { ...(before?.metadata["annotations"] as Json | undefined), ...annotations },
        managedFields: [
          ...kept.filter((entry) => entry["manager"] !== manager).map(withoutSpec),
          {
            manager,
            operation: "Apply",
            time: at,
            fieldsV1: fields,
            ...(write.subresource === undefined ? {} : { subresource: write.subresource }),
          },
        ],
      },
      ...body,
    };
    objects.set(name, object);
    this.#tell(plural, before === undefined ? "ADDED" : "MODIFIED", object);
  }

  delete(plural: string, name: string): void {
    const object = this.#objects.get(plural)?.get(name);
    if (object === undefined) throw new Error(`no ${plural} ${name}`);
    this.#objects.get(plural)?.delete(name);
    const version = ++this.#version;
    const metadata = { ...object.metadata, resourceVersion: String(version) };
    this.#tell(plural, "DELETED", { ...object, metadata });
  }

  /** As the recorder reads them. */
  seen(plural: string, selector = ""): SeenObject[] {
    return this.#list(plural, selector).map((object) => SeenObject.parse(object));
  }

  async listen(): Promise<this> {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://fake");
      const plural = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
      const selector = url.searchParams.get("labelSelector") ?? "";
      const watch = url.searchParams.get("watch") === "true";
      const from = url.searchParams.get("resourceVersion");
      this.requests.push({ plural, watch, from });
      response.writeHead(200, { "content-type": "application/json" });
      if (!watch) {
        const metadata = { resourceVersion: String(this.#version) };
        response.end(JSON.stringify({ metadata, items: this.#list(plural, selector) }));
        return;
      }
      if (Number(from) < this.forgotten) {
        response.end(`${JSON.stringify({ type: "ERROR", object: { code: 410 } })}\n`);
        return;
      }
      response.flushHeaders();
      const one = { plural, selector, response };
      this.#watches.add(one);
      response.on("close", () => this.#watches.delete(one));
      for (const event of this.#events) {
        if (event.version > Number(from)) send(one, event);
      }
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    return this;
  }

  /** Ends every watch, as a server does now and then. */
  cut(): void {
    for (const { response } of this.#watches) response.end();
    this.#watches.clear();
  }

  kubeConfig(): KubeConfig {
    const config = new KubeConfig();
    const { port } = this.#server?.address() as AddressInfo;
    config.loadFromClusterAndUser(
      { name: "fake", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: "fake" },
    );
    return config;
  }

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #list(plural: string, selector: string): FakeObject[] {
    return [...(this.#objects.get(plural)?.values() ?? [])].filter((object) =>
      isSelected(object, selector),
    );
  }

  #tell(plural: string, type: string, object: FakeObject): void {
    const event = { plural, type, object, version: Number(object.metadata["resourceVersion"]) };
    this.#events.push(event);
    for (const watch of this.#watches) send(watch, event);
  }
}

function send(
  { plural, selector, response }: { plural: string; selector: string; response: ServerResponse },
  event: { plural: string; type: string; object: FakeObject },
): void {
  if (event.plural !== plural || !isSelected(event.object, selector)) return;
  response.write(`${JSON.stringify({ type: event.type, object: event.object })}\n`);
}

function isSelected({ metadata: { labels } }: FakeObject, selector: string): boolean {
  return selector
    .split(",")
    .filter((term) => term !== "")
    .every((term) => {
      if (term.startsWith("!")) return !(term.slice(1) in labels);
      const [key = "", value] = term.split("=");
      return value === undefined ? key in labels : labels[key] === value;
    });
}

/** Whoever wrote before owns nothing of what another wrote since. */
function withoutSpec(entry: Json): Json {
  const { "f:metadata": metadata } = entry["fieldsV1"] as Json;
  return { ...entry, fieldsV1: { "f:metadata": metadata } };
}
