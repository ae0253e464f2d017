import { KubeConfig } from "@kubernetes/client-node";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { readLive } from "./live.ts";

// Against answers as an API server gives them. Does not prove that a gateway's controller leaves the route as it is.

let server: Server;
const asked: string[] = [];

afterEach(() => {
  server.close();
  asked.length = 0;
});

/** An API server that answers by the last part of the path: a list, or for a number its status. */
async function cluster(lists: Readonly<Record<string, unknown[] | number>>): Promise<KubeConfig> {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    asked.push(decodeURIComponent(url.pathname + url.search));
    const answer = lists[url.pathname.split("/").at(-1) ?? ""] ?? [];
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
    annotations: { "isotherm.dev/release": release },
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
    blue: { weight: 90, release: "a".repeat(64), ready: 2 },
    green: { weight: 10, release: "b".repeat(64), ready: 0 },
    shadow: { weight: 0, release: "c".repeat(64), ready: 1 },
  });
  expect(asked.every((path) => path.includes("/namespaces/isotherm-prod/"))).toBe(true);
});

test("records of admitted releases are read by their labels", async () => {
  const data = { digest: "a".repeat(64), "manifest.json": "{}" };
  const kubeConfig = await cluster({ configmaps: [{ data }, {}] });
  expect((await readLive(kubeConfig, "isotherm-prod")).records).toEqual([data, {}]);
  expect(asked.find((path) => path.includes("configmaps"))).toContain(
    "labelSelector=isotherm.dev/model,isotherm.dev/release",
  );
});

test("a namespace that is not there holds nothing", async () => {
  const live = await readLive(await cluster({}), "isotherm-prod");
  expect(live).toEqual({ slots: new Map(), records: [] });
});

test("an API server that refuses is an error, not an empty environment", async () => {
  await expect(readLive(await cluster({ deployments: 403 }), "isotherm-prod")).rejects.toThrow(
    "403",
  );
});
