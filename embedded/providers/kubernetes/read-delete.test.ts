/** Reading and deleting on a scripted API server, and what happens where no server answers. */
import { describe, expect, it } from "vitest";
import type { Context } from "./context.ts";
import { deleteResource } from "./delete.ts";
import { readResource } from "./read.ts";
import { createResource } from "./resource.ts";
import { cluster, discovery, path, settings } from "./scripted-api.ts";

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

  describe("an object whose uid the state knows", () => {
    const withUid = (uid: string) => ({
      ...settings,
      metadata: { name: "x", namespace: "n", uid },
    });
    const known = { ...request, state: { ...withUid("old"), __inputs: settings } };
    const conflict = { code: 409, body: { message: "the UID in the precondition is another" } };

    it("is deleted on condition of that uid", async () => {
      let asked: unknown;
      const { context } = await cluster(({ method, body }) => {
        if (method !== "DELETE") return undefined;
        asked = body["preconditions"];
        return { body: settings };
      });
      await deleteResource(context, known);
      expect(asked).toEqual({ uid: "old" });
    });

    it("is gone where another has its name, which stays", async () => {
      const { context, log } = await cluster(({ method }) =>
        method === "DELETE" ? conflict : { body: withUid("new") },
      );
      await deleteResource(context, known);
      expect(log).toEqual([`DELETE ${path}`, `GET ${path}`]);
    });

    it("is gone where another took its name while it was waited for", async () => {
      const { context } = await cluster(({ method }) => ({
        body: withUid(method === "DELETE" ? "old" : "new"),
      }));
      await expect(deleteResource(context, known)).resolves.toBeUndefined();
    });

    it("is not taken for gone where the server refuses for another reason", async () => {
      const { context } = await cluster(({ method }) =>
        method === "DELETE" ? conflict : { body: withUid("old") },
      );
      await expect(deleteResource(context, known)).rejects.toThrow(/deleting ConfigMap x failed/);
    });
  });
});

describe("an unreachable cluster", () => {
  const unreachable = { reachable: false, reason: "connection refused", namespace: "" } as const;

  it("lets a preview pass and refuses the rest, with the reason and a way on", async () => {
    const { context: reachable } = await cluster(() => undefined);
    const context: Context = { ...reachable, cluster: unreachable };
    expect(
      await createResource(context, { inputs: settings, preview: true, timeoutSeconds: 1 }),
    ).toEqual({ id: "" });
    await expect(
      createResource(context, { inputs: settings, preview: false, timeoutSeconds: 1 }),
    ).rejects.toThrow(/connection refused/);
    const request = { id: "n/x", state: settings, timeoutSeconds: 1 };
    await expect(deleteResource(context, request)).rejects.toThrow(/PULUMI_K8S_DELETE_UNREACHABLE/);
    await deleteResource({ ...context, deleteUnreachable: true }, request);
  });
});
