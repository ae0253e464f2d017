import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { NoRegistryError } from "./no-registry.ts";
import { openPlace } from "./open-place.ts";
import { ApiServer, writeKubeConfig } from "./testing/api-server.ts";

// Two clusters as far as their API servers are asked. Does not prove that a port-forward carries bytes: the end-to-end layer
// does, on one cluster.

const folder = mkdtempSync(join(tmpdir(), "isotherm-place-"));
const key = (text: string) => Buffer.from(text).toString("base64");
const environmentThere = (name: string) => ({
  secrets: [{ data: { accessKeyId: key("id"), secretAccessKey: key("secret") } }],
  pods: [{ metadata: { name }, status: { conditions: [{ type: "Ready", status: "True" }] } }],
});
const clusters = {
  "cluster-of-dev": new ApiServer(environmentThere("pod-of-dev")),
  "cluster-of-staging": new ApiServer(environmentThere("pod-of-staging")),
  empty: new ApiServer(),
};

beforeAll(async () => {
  for (const cluster of Object.values(clusters)) await cluster.listen();
  const file = join(folder, "kubeconfig");
  writeKubeConfig(file, clusters);
  vi.stubEnv("KUBECONFIG", file);
});
afterAll(() => {
  vi.unstubAllEnvs();
  for (const cluster of Object.values(clusters)) cluster.close();
  rmSync(folder, { recursive: true });
});

/** Opens an environment, and asks its registry and its object store for something, whose answers nobody waits for. */
async function visit(environment: string, access: "read" | "write"): Promise<string[]> {
  const context = `cluster-of-${environment}` as keyof typeof clusters;
  const place = await openPlace({ environment, context }, access);
  const { asked } = clusters[context];
  const forwards = () => asked.filter((line) => line.endsWith("/portforward"));
  for (const [count, question] of [
    [1, () => place.mlflow.modelVersions("wine")],
    [2, () => place.objects.get(place.bucket, "key")],
  ] as const) {
    void question().catch(() => undefined);
    await vi.waitFor(() => expect(forwards().length).toBeGreaterThanOrEqual(count), 5_000);
  }
  await place.live();
  place.close();
  return asked;
}

test("G-15 each environment is opened in the cluster of its own context, with that one's user and in its own namespace", async () => {
  const [dev, staging] = [await visit("dev", "read"), await visit("staging", "write")];
  const namespaces = (asked: readonly string[]) => [
    ...new Set(asked.map((line) => line.replace(/(namespaces\/[^/]+).*/, "$1"))),
  ];
  expect(namespaces(dev)).toEqual([
    "token of cluster-of-dev /api/v1/namespaces/isotherm-dev",
    "token of cluster-of-dev /apis/gateway.networking.k8s.io/v1/namespaces/isotherm-dev",
    "token of cluster-of-dev /apis/apps/v1/namespaces/isotherm-dev",
  ]);
  expect(namespaces(staging)).toEqual(
    namespaces(dev).map((line) => line.replaceAll("dev", "staging")),
  );
  expect(dev).toContain(
    "token of cluster-of-dev /api/v1/namespaces/isotherm-dev/pods/pod-of-dev/portforward",
  );
  expect(staging).toContain(
    "token of cluster-of-staging /api/v1/namespaces/isotherm-staging/pods/pod-of-staging/portforward",
  );
});

test("an environment that was never brought up is told from one that does not answer", async () => {
  await expect(openPlace({ environment: "prod", context: "empty" })).rejects.toThrow(
    NoRegistryError,
  );
  await expect(openPlace({ environment: "prod", context: "gone" })).rejects.toThrow(
    'no kube context is called "gone"',
  );
});
