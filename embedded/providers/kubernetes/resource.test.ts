/** Operations on one resource against a scripted API server: what is sent, what is made of the answers. */
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { NotReady } from "../shared/server.ts";
import type { Properties } from "../shared/values.ts";
import { unknown } from "../shared/values.ts";
import { Api } from "./api.ts";
import { Client } from "./client.ts";
import { deleteResource } from "./delete.ts";
import { readResource } from "./read.ts";
import { createResource, updateResource } from "./resource.ts";
import type { Context } from "./context.ts";

type Answer = { code?: number; body: Properties };
type Handler = (request: { method: string; url: URL; body: Properties }) => Answer | undefined;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const discovery: Record<string, Properties> = {
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
async function cluster(
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

const settings: Properties = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "x", namespace: "n" },
  data: { a: "1" },
};
const path = "/api/v1/namespaces/n/configmaps/x";
const create = (inputs: Properties, preview = false) => ({ inputs, preview, timeoutSeconds: 1 });

describe("creating", () => {
  it("applies with a field manager of its own and keeps it in the state", async () => {
    const { context, log } = await cluster(({ body }) => ({ body }));
    const made = await createResource(context, create(settings));
    expect(made.id).toBe("n/x");
    const manager = String(made.state?.["__fieldManager"]);
    expect(manager).toMatch(/^pulumi-kubernetes-[0-9a-f]{8}$/);
    expect(log).toEqual([`PATCH ${path}?fieldManager=${manager}&force=false&fieldValidation=Warn`]);
  });

  it("asks for a dry run at preview and makes nothing up", async () => {
    const { context, log } = await cluster(({ body }) => ({ body: { ...body, status: {} } }));
    const made = await createResource(context, create(settings, true));
    expect(log[0]).toContain("force=true&fieldValidation=Warn&dryRun=All");
    expect(made).toMatchObject({ id: "", state: { data: { a: "1" } } });
    expect(made.state).not.toHaveProperty("status");
  });

  it.each([
    ["a value is not known yet", { ...settings, data: { a: unknown } }],
    ["the kind does not exist yet", { ...settings, apiVersion: "example.org/v1", kind: "Thing" }],
  ])("asks nothing at preview while %s", async (_when, inputs) => {
    const { context, log } = await cluster(() => undefined);
    expect(await createResource(context, create(inputs, true))).toEqual({ id: "" });
    expect(log.filter((line) => line.startsWith("PATCH"))).toEqual([]);
  });

  it("does not fail a preview whose namespace is still to come", async () => {
    const { context } = await cluster(() => undefined);
    expect(await createResource(context, create(settings, true))).toEqual({ id: "" });
  });

  it("waits for a namespace that is on its way", async () => {
    let attempts = 0;
    const { context, log } = await cluster(({ body }) => (++attempts < 2 ? undefined : { body }));
    expect((await createResource(context, create(settings))).id).toBe("n/x");
    expect(log).toContain("told: attempt 1: not found");
  });

  it("previews a replacement of the same name under another, and shows its own", async () => {
    const { context, log } = await cluster(({ url, body }) =>
      url.pathname === path
        ? { code: 422, body: { reason: "Invalid", message: "data: field is immutable" } }
        : { body },
    );
    const made = await createResource(context, create(settings, true));
    expect(log[1]).toContain(`${path}-dryrun?`);
    expect(made.state?.["metadata"]).toMatchObject({ name: "x" });
  });

  it("fails a preview that the API server would refuse", async () => {
    const { context } = await cluster(() => ({
      code: 422,
      body: { reason: "Invalid", message: "spec.replicas: must be at least 0" },
    }));
    await expect(createResource(context, create(settings, true))).rejects.toThrow(
      "creating ConfigMap n/x failed: spec.replicas: must be at least 0",
    );
  });

  it("names the other manager on a conflict, and the ways out", async () => {
    const { context } = await cluster(() => ({
      code: 409,
      body: {
        reason: "Conflict",
        message: "Apply failed with 1 conflict",
        details: {
          causes: [
            { reason: "FieldManagerConflict", field: ".data.a", message: 'conflict with "helm"' },
          ],
        },
      },
    }));
    await expect(createResource(context, create(settings))).rejects.toThrow(
      /\.data\.a \(conflict with "helm"\).*ignoreChanges.*pulumi\.com\/patchForce/,
    );
  });

  it("forces where the annotation says so", async () => {
    const { context, log } = await cluster(({ body }) => ({ body }));
    const metadata = {
      name: "x",
      namespace: "n",
      annotations: { "pulumi.com/patchForce": "true" },
    };
    await createResource(context, create({ ...settings, metadata }));
    expect(log[0]).toContain("force=true");
  });

  it("keeps what was made when it does not become ready in time", async () => {
    const metadata = {
      name: "x",
      namespace: "n",
      annotations: { "pulumi.com/waitFor": "jsonpath={.status.ok}=true" },
    };
    const inputs = { ...settings, metadata };
    const { context } = await cluster(() => ({ body: inputs }));
    const failure = await createResource(context, create(inputs)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotReady);
    expect(failure).toMatchObject({ id: "n/x" });
    expect((failure as NotReady).reasons[0]).toBe(
      "not ready after 1 s: waiting for {.status.ok} to be true (found nothing yet)",
    );
  });

  it("ends a wait when it is cancelled, with the state it reached", async () => {
    const metadata = {
      name: "x",
      namespace: "n",
      annotations: { "pulumi.com/waitFor": "condition=X" },
    };
    const inputs = { ...settings, metadata };
    const { context, cancel } = await cluster(({ method }) => {
      if (method === "GET") cancel();
      return { body: inputs };
    });
    const request = { inputs, preview: false, timeoutSeconds: 600 };
    await expect(createResource(context, request)).rejects.toThrow(/cancelled/);
  });
});

describe("updating", () => {
  const state = {
    ...settings,
    __inputs: settings,
    __fieldManager: "kept",
    __initialApiVersion: "v1",
  };
  const update = (inputs: Properties) => ({
    state,
    inputs,
    preview: false,
    timeoutSeconds: 0,
    ignoreChanges: [],
  });

  it("applies with the manager from the state", async () => {
    const { context, log } = await cluster(({ body }) => ({ body: { ...settings, ...body } }));
    const changed = await updateResource(context, update({ ...settings, data: { a: "2" } }));
    expect(log[1]).toBe(`PATCH ${path}?fieldManager=kept&force=false&fieldValidation=Warn`);
    expect(changed).toMatchObject({ data: { a: "2" }, __fieldManager: "kept" });
  });

  it("names the way on where the object is gone", async () => {
    const { context } = await cluster(() => undefined);
    await expect(updateResource(context, update(settings))).rejects.toThrow(
      "ConfigMap n/x is not in the cluster any more, though the state has it: run pulumi refresh",
    );
  });

  it("takes over from kubectl first", async () => {
    const managedFields = [{ manager: "kubectl", operation: "Apply", fieldsV1: { "f:data": {} } }];
    const live = { ...settings, metadata: { name: "x", namespace: "n", managedFields } };
    const { context, log } = await cluster(() => ({ body: live }));
    await updateResource(context, update(settings));
    expect(log).toEqual([
      `GET ${path}`,
      `PATCH ${path}`,
      `PATCH ${path}?fieldManager=kept&force=false&fieldValidation=Warn`,
    ]);
  });
});

describe("reading", () => {
  it("derives the inputs of an object somebody else made", async () => {
    const live = {
      ...settings,
      metadata: { name: "x", namespace: "n", uid: "u", resourceVersion: "1", labels: { l: "1" } },
      status: { ok: true },
    };
    const { context } = await cluster(() => ({ body: live }));
    const kind = { apiVersion: "v1", kind: "ConfigMap" };
    const found = await readResource(context, { kind, id: "n/x", inputs: {}, state: {} });
    expect(found?.inputs).toEqual({
      ...settings,
      metadata: { name: "x", namespace: "n", labels: { l: "1" } },
    });
    expect(found?.state).toMatchObject({ status: { ok: true } });
  });

  it("answers nothing for an object, or a kind, that is gone", async () => {
    const { context } = await cluster(() => undefined);
    const request = { id: "n/x", inputs: {}, state: {} };
    const kinds = [
      { apiVersion: "v1", kind: "ConfigMap" },
      { apiVersion: "example.org/v1", kind: "Thing" },
    ];
    for (const kind of kinds)
      expect(await readResource(context, { ...request, kind })).toBeUndefined();
  });

  it("reports a Service that leads nowhere any more", async () => {
    discovery["/apis/discovery.k8s.io/v1"] = {
      resources: [{ name: "endpointslices", kind: "EndpointSlice", namespaced: true }],
    };
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "x", namespace: "n" },
      spec: { clusterIP: "10.0.0.1", selector: { app: "a" } },
    };
    const { context } = await cluster(({ url }) => ({
      body: url.pathname.endsWith("endpointslices") ? { items: [] } : service,
    }));
    const kind = { apiVersion: "v1", kind: "Service" };
    await expect(
      readResource(context, { kind, id: "n/x", inputs: service, state: service }),
    ).rejects.toThrow(/Service n\/x is not ready: waiting for pods/);
  });
});

describe("deleting", () => {
  const request = { id: "n/x", state: { ...settings, __inputs: settings }, timeoutSeconds: 1 };

  it("asks for foreground deletion and waits until the object is gone", async () => {
    let looks = 0;
    let policy: unknown;
    const { context } = await cluster(({ method, body }) => {
      if (method === "DELETE") policy = body["propagationPolicy"];
      if (method === "DELETE" || ++looks < 3) return { body: settings };
      return undefined;
    });
    await deleteResource(context, request);
    expect({ policy, looks }).toEqual({ policy: "Foreground", looks: 3 });
  });

  it("is done where there is nothing", async () => {
    const { context } = await cluster(() => undefined);
    await expect(deleteResource(context, request)).resolves.toBeUndefined();
  });

  it("says which finalizers hold an object back", async () => {
    const held = {
      ...settings,
      metadata: { name: "x", namespace: "n", finalizers: ["example.org/hold"] },
    };
    const { context } = await cluster(() => ({ body: held }));
    await expect(deleteResource(context, request)).rejects.toThrow(
      /still there after 1 s.*finalizers: example\.org\/hold/,
    );
  });

  it("does not mistake a successor for the object it deleted", async () => {
    const successor = { ...settings, metadata: { name: "x", namespace: "n", uid: "new" } };
    const { context } = await cluster(() => ({ body: successor }));
    const old = { ...settings, metadata: { name: "x", namespace: "n", uid: "old" } };
    await deleteResource(context, { ...request, state: { ...old, __inputs: settings } });
  });
});

describe("an unreachable cluster", () => {
  const unreachable = { reachable: false, reason: "connection refused", namespace: "" } as const;

  it("lets a preview pass and refuses the rest, with the reason and a way on", async () => {
    const { context: reachable } = await cluster(() => undefined);
    const context: Context = { ...reachable, cluster: unreachable };
    expect(await createResource(context, create(settings, true))).toEqual({ id: "" });
    await expect(createResource(context, create(settings))).rejects.toThrow(/connection refused/);
    const request = { id: "n/x", state: settings, timeoutSeconds: 1 };
    await expect(deleteResource(context, request)).rejects.toThrow(/PULUMI_K8S_DELETE_UNREACHABLE/);
    await deleteResource({ ...context, deleteUnreachable: true }, request);
  });
});
