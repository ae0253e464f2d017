import { KubeConfig } from "@kubernetes/client-node";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { nothingLive } from "../live.ts";
import { readLive } from "./live.ts";

// Against answers as an API server gives them. Does not prove that a gateway's controller leaves the route as it is.

let server: Server;
const asked: string[] = [];

afterEach(() => {
  server.close();
  asked.length = 0;
});

/**
 * An API server that answers by the last part of the path, for ConfigMaps with the label that they are chosen by: a list, or
 * for a number its status.
 */
async function cluster(lists: Readonly<Record<string, unknown[] | number>>): Promise<KubeConfig> {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    asked.push(decodeURIComponent(url.pathname + url.search));
    const last = url.pathname.split("/").at(-1) ?? "";
    const label = url.searchParams.get("labelSelector")?.split(",").at(1);
    const answer = lists[label === undefined ? last : `${last} ${label}`] ?? [];
    response.writeHead(typeof answer === "number" ? answer : 200, {
      "content-type": "application/json",
    });
    response.end(
      JSON.stringify(typeof answer === "number" ? { kind: "Status" } : { items: answer }),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: "c", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: "u" },
  );
  return kubeConfig;
}

const deployment = (slot: string, release: string, readyReplicas?: number) => ({
  metadata: {
    labels: { "isotherm.dev/model": "wine", "isotherm.dev/slot": slot },
    annotations: { "isotherm.dev/release": release, "isotherm.dev/pod": `pod of ${slot}` },
  },
  spec: {
    template: {
      spec: {
        volumes: [
          {
            name: "config",
            configMap: { name: `wine-${slot}-${release.slice(0, 12)}-0123456789` },
          },
        ],
      },
    },
  },
  status: { readyReplicas },
});

const route = {
  metadata: { labels: { "isotherm.dev/model": "wine" } },
  spec: {
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/models/wine" } }],
        backendRefs: [
          { name: "wine-blue", port: 80, weight: 90 },
          { name: "wine-green", port: 80, weight: 10 },
        ],
      },
      {
        matches: [{ headers: [{ name: "x-isotherm-slot", value: "green" }] }],
        backendRefs: [{ name: "wine-green", port: 80, weight: 1 }],
      },
    ],
  },
};

test("weights, releases and ready servers of each slot are read; a slot's own rule counts for no weight", async () => {
  const kubeConfig = await cluster({
    httproutes: [route],
    deployments: [
      deployment("blue", "a".repeat(64), 2),
      deployment("green", "b".repeat(64)),
      deployment("shadow", "c".repeat(64), 1),
      { metadata: { labels: { "isotherm.dev/model": "wine" } } },
    ],
  });
  const { slots } = await readLive(kubeConfig, "isotherm-prod");
  expect(Object.fromEntries(slots.get("wine") ?? [])).toEqual({
    blue: { weight: 90, release: "a".repeat(64), pod: "pod of blue", ready: 2 },
    green: { weight: 10, release: "b".repeat(64), pod: "pod of green", ready: 0 },
    shadow: { weight: 0, release: "c".repeat(64), pod: "pod of shadow", ready: 1 },
  });
  expect(asked.every((path) => path.includes("/namespaces/isotherm-prod/"))).toBe(true);
});

test("records of admitted releases are read by their labels", async () => {
  const data = { digest: "a".repeat(64), "manifest.json": "{}" };
  const kubeConfig = await cluster({ "configmaps isotherm.dev/release": [{ data }, {}] });
  expect((await readLive(kubeConfig, "isotherm-prod")).records).toEqual([data, {}]);
});

test("a namespace that is not there holds nothing", async () => {
  const live = await readLive(await cluster({}), "isotherm-prod");
  const approved = { releases: {}, isMissing: false, changed: undefined, undone: undefined };
  expect(live).toEqual({ ...nothingLive, approved });
});

const edited = (fieldsV1: unknown, rest: object) => ({
  ...rest,
  annotations: { "isotherm.dev/undone": "kubectl-edit 2026-01-01T00:00:00.000Z" },
  managedFields: [{ manager: "kubectl-edit", time: "2026-01-02T03:04:05Z", fieldsV1 }],
});
const changed = { manager: "kubectl-edit", at: "2026-01-02T03:04:05.000Z" };
const undone = "kubectl-edit 2026-01-01T00:00:00.000Z";

test("who changed the weights past the program is read from either route, and what was undone before", async () => {
  const metadata = edited({ "f:spec": { "f:rules": {} } }, route.metadata);
  const { routes } = await readLive(
    await cluster({ httproutes: [{ ...route, metadata }], grpcroutes: [route] }),
    "isotherm-prod",
  );
  expect(routes.http.get("wine")).toEqual({ changed, undone, writtenAt: changed.at });
  expect(routes.grpc.get("wine")).toEqual({ changed: undefined, undone: undefined });
});

test("a slot whose servers somebody gave another release has that one, whatever its annotation says", async () => {
  const blue = deployment("blue", "a".repeat(64), 1);
  const config = { "f:spec": { "f:template": { "f:spec": { "f:volumes": {} } } } };
  const metadata = edited(config, blue.metadata);
  const { spec } = deployment("blue", "b".repeat(64));
  const { slots } = await readLive(
    await cluster({ deployments: [{ ...blue, metadata, spec }] }),
    "isotherm-prod",
  );
  expect(slots.get("wine")?.get("blue")).toMatchObject({ release: "b".repeat(12), changed });
});

test("a restart and a number of servers are nobody's change", async () => {
  const blue = deployment("blue", "a".repeat(64), 1);
  const restart = { "f:spec": { "f:replicas": {}, "f:template": { "f:metadata": {} } } };
  const metadata = edited(restart, blue.metadata);
  const { slots } = await readLive(
    await cluster({ deployments: [{ ...blue, metadata }] }),
    "isotherm-prod",
  );
  expect(slots.get("wine")?.get("blue")?.changed).toBeUndefined();
});

test("holds are read by their labels; one that cannot be read is an error, not a lifted hold", async () => {
  const release = "a".repeat(64);
  const hold = { release, reason: "slow", by: "alice", at: "2026-01-02T03:04:05Z" };
  const labels = { "isotherm.dev/model": "wine" };
  const holdsOf = async (data: object) =>
    (
      await readLive(
        await cluster({ "configmaps isotherm.dev/hold": [{ metadata: { labels }, data }] }),
        "isotherm-prod",
      )
    ).holds;
  expect(await holdsOf(hold)).toEqual([{ ...hold, model: "wine" }]);
  server.close();
  await expect(holdsOf({ ...hold, at: "" })).rejects.toThrow("data.at");
});

test("an API server that refuses is an error, not an empty environment", async () => {
  await expect(readLive(await cluster({ deployments: 403 }), "isotherm-prod")).rejects.toThrow(
    "403",
  );
});
