/** Writing one resource to a scripted API server: what is sent, what is made of the answers. */
import { describe, expect, it } from "vitest";
import { NotReady } from "../shared/server.ts";
import type { Properties } from "../shared/values.ts";
import { unknown } from "../shared/values.ts";
import { createResource, updateResource } from "./resource.ts";
import { cluster, path, settings } from "./scripted-api.ts";

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
