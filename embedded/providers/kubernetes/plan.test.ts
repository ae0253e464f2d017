import { describe, expect, it } from "vitest";
import type { Properties } from "../shared/values.ts";
import { Secret, unknown } from "../shared/values.ts";
import { Api } from "./api.ts";
import { Client } from "./client.ts";
import type { Context } from "./context.ts";
import { checkpoint } from "./checkpoint.ts";
import { checkInputs, diffInputs } from "./plan.ts";

const cancelled = new AbortController().signal;
const nowhere = new Client(
  {
    server: new URL("http://127.0.0.1:1"),
    namespace: "team",
    tls: { rejectUnauthorized: true },
    authorization: async () => undefined,
  },
  cancelled,
);
const context: Context = {
  urn: "urn:pulumi:dev::p::kubernetes:core/v1:ConfigMap::settings",
  cluster: { reachable: true, api: new Api(nowhere), namespace: "team" },
  mutable: { secrets: false, configMaps: false },
  deleteUnreachable: false,
  cancelled,
  info() {},
  warn() {},
  progress() {},
  progressWarning() {},
};

const check = (news: Properties, olds: Properties = {}): Promise<Properties> =>
  checkInputs(context, {
    kind: { apiVersion: String(news["apiVersion"]), kind: String(news["kind"]) },
    olds,
    news,
    seed: new Uint8Array([1]),
    autonaming: undefined,
  });

const configMap = (rest: Properties): Properties => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  ...rest,
});

describe("checked inputs", () => {
  it("have a name and the provider's namespace", async () => {
    expect((await check(configMap({})))["metadata"]).toMatchObject({
      name: expect.stringMatching(/^settings-[0-9a-f]{8}$/),
      namespace: "team",
    });
  });

  it("keep the namespace they have, known or not, and get none where the kind has none", async () => {
    for (const namespace of ["mine", unknown]) {
      const checked = await check(configMap({ metadata: { name: "a", namespace } }));
      expect(checked["metadata"]).toEqual({ name: "a", namespace });
    }
    const scoped = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } };
    expect((await check(scoped))["metadata"]).toEqual({ name: "a" });
  });

  it("know the scope of a kind that this program is about to define", async () => {
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "things.example.org" },
      spec: { group: "example.org", scope: "Cluster", names: { kind: "Thing" } },
    };
    await check(definition);
    const thing = { apiVersion: "example.org/v1", kind: "Thing", metadata: { name: "a" } };
    expect((await check(thing))["metadata"]).toEqual({ name: "a" });
  });

  it("keep an automatic name over updates", async () => {
    const first = await check(configMap({ data: { a: "1" } }));
    const second = await check(configMap({ data: { a: "2" } }), first);
    expect(second["metadata"]).toEqual(first["metadata"]);
  });

  it("are secret where a Secret holds data", async () => {
    const checked = await check({ apiVersion: "v1", kind: "Secret", stringData: { a: "1" } });
    expect(checked["data"]).toEqual(new Secret({ a: "MQ==" }));
    expect(checked).not.toHaveProperty("stringData");
  });

  it("are refused with generateName, which server-side apply cannot do", async () => {
    await expect(check(configMap({ metadata: { generateName: "x-" } }))).rejects.toThrow(
      /set metadata\.name/,
    );
  });
});

describe("a plan", () => {
  const bookkeeping = { fieldManager: "m", initialApiVersion: "v1" };
  const stateOf = (inputs: Properties, live: Properties = inputs): Properties =>
    checkpoint(inputs, live, inputs, bookkeeping);
  const plan = (state: Properties, news: Properties, ignoreChanges: string[] = []) =>
    diffInputs(context, { state, news, ignoreChanges });
  const named = configMap({ metadata: { name: "a", namespace: "team" }, data: { k: "1" } });

  it("finds nothing where nothing changed, whatever the cluster added", async () => {
    const live = { ...named, metadata: { name: "a", namespace: "team", uid: "u" }, extra: true };
    expect((await plan(stateOf(named, live), named)).details).toEqual([]);
  });

  it("compares with the live object: what somebody changed is put back", async () => {
    const drifted = { ...named, data: { k: "9" } };
    expect((await plan(stateOf(named, drifted), named)).details).toEqual([
      { path: "data.k", kind: "update", replace: true },
    ]);
  });

  it("deletes an object that keeps its name before its replacement is made, not one that gets a new name", async () => {
    const changed = { ...named, data: { k: "2" } };
    expect((await plan(stateOf(named), changed)).keepsName).toBe(true);
    const auto = await check(configMap({ data: { k: "1" } }));
    expect((await plan(stateOf(auto), { ...auto, data: { k: "2" } })).keepsName).toBe(false);
    const renamed = { ...named, metadata: { name: "b", namespace: "team" } };
    expect((await plan(stateOf(named), renamed)).keepsName).toBe(false);
  });

  it("takes no namespace for the default one", async () => {
    const bare = configMap({ metadata: { name: "a" }, data: {} });
    const live = configMap({ metadata: { name: "a", namespace: "default" }, data: {} });
    expect((await plan(stateOf(bare, live), bare)).details).toEqual([]);
  });

  it("leaves out ignored changes, quoted keys and wildcards included", async () => {
    const metadata = { name: "a", namespace: "team", annotations: { "x.y/z": "1" } };
    const before = { ...named, metadata };
    const after = { ...before, metadata: { ...metadata, annotations: { "x.y/z": "2" } } };
    const ignored = ['metadata.annotations["x.y/z"]'];
    expect((await plan(stateOf(before), after, ignored)).details).toEqual([]);
  });
});
