import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ownMetricsLabels } from "../../components/monitoring/metrics-api.ts";
import { requireMetrics, requireNoOtherMetrics } from "./metrics.ts";

/** An API server that has one APIService, or none. */
let api: Server;
let served: object | undefined;
const kubeConfig = new KubeConfig();

beforeAll(async () => {
  api = createServer((request, response) => {
    const isThere =
      served !== undefined &&
      request.url === "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io";
    response.writeHead(isThere ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(isThere ? served : { kind: "Status", code: 404 }));
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const { port } = api.address() as AddressInfo;
  kubeConfig.loadFromClusterAndUser(
    { name: "it", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: "it" },
  );
});

afterAll(() => api.close());

const answering = (
  status: "True" | "False",
  labels: Record<string, string> = { "k8s-app": "metrics-server" },
) => ({
  metadata: { name: "v1beta1.metrics.k8s.io", labels },
  spec: { service: { namespace: "kube-system", name: "metrics-server" } },
  status: {
    conditions: [
      { type: "Available", status, reason: "It", message: "no endpoints for the service" },
    ],
  },
});

test("K-04 an autoscaler on a cluster that measures nothing is refused, with every way out", async () => {
  served = undefined;
  await expect(requireMetrics(kubeConfig)).rejects.toThrow(
    "the cluster does not measure CPU in use (no metrics.k8s.io), which scale.min, max and cpuPercent need: " +
      "write `isotherm:metrics: { server: install }` in stack cluster's file, install metrics-server otherwise, " +
      "or write scale.replicas here",
  );
});

test("K-04 one that is registered and does not answer is refused, with what the cluster says of it", async () => {
  served = answering("False");
  await expect(requireMetrics(kubeConfig)).rejects.toThrow(
    "(metrics.k8s.io is registered, and not available: no endpoints for the service)",
  );
});

test("K-04 one that answers does, whoever runs it", async () => {
  served = answering("True");
  await expect(requireMetrics(kubeConfig)).resolves.toBeUndefined();
});

test("another metrics-server than ours is refused by name where one is to be installed", async () => {
  served = answering("True");
  await expect(requireNoOtherMetrics(kubeConfig)).rejects.toThrow(
    "the cluster has metrics.k8s.io already, from Service kube-system/metrics-server: " +
      "write `isotherm:metrics: { server: existing }` to use that one, or remove it first",
  );
});

test("ours of the last `up`, and none at all, are no other", async () => {
  served = answering("False", ownMetricsLabels);
  await expect(requireNoOtherMetrics(kubeConfig)).resolves.toBeUndefined();
  served = undefined;
  await expect(requireNoOtherMetrics(kubeConfig)).resolves.toBeUndefined();
});
