import { expect, test } from "vitest";
import { declare } from "../../test/mocks.ts";
import { ObjectStore } from "../registry/object-store.ts";
import { serverPod } from "./server-pod.ts";

// How a server comes and goes by its pod. That no request is lost by it, the end-to-end layer shows under load.

async function pod() {
  const { result } = await declare(() => {
    const objects = new ObjectStore("s3", {
      environment: "dev",
      namespace: "isotherm-dev",
      image: "r/s3:1",
      storage: "1Gi",
      storageClass: undefined,
      tools: "r/training:1",
    });
    return serverPod({
      image: "r/serving:1",
      objects,
      config: "config",
      apiKeys: "keys",
      resources: {},
      selector: { app: "wine-blue" },
    });
  });
  const [container] = result.containers as unknown as Record<string, unknown>[];
  return { spec: result, container: container ?? {} };
}

interface Probe {
  httpGet: { path: string; port: string };
  periodSeconds: number;
  failureThreshold?: number;
}

test("K-04 a server that waits for its model is alive and not ready: other routes answer for the two", async () => {
  const { container } = await pod();
  const paths = ["startupProbe", "livenessProbe", "readinessProbe"].map(
    (name) => (container[name] as Probe).httpGet,
  );
  expect(paths).toEqual([
    { path: "/v2/health/live", port: "http" },
    { path: "/v2/health/live", port: "http" },
    { path: "/v2/health/ready", port: "http" },
  ]);
  expect(container["ports"]).toContainEqual({ name: "http", containerPort: 8080 });
});

test("K-04 a server has a minute to start, and is asked every two seconds whether it is ready", async () => {
  const { container } = await pod();
  const { periodSeconds, failureThreshold = 3 } = container["startupProbe"] as Probe;
  expect(periodSeconds * failureThreshold).toBe(60);
  expect((container["readinessProbe"] as Probe).periodSeconds).toBe(2);
});

test("N-01 a server that is to go serves on until the gateway heard of it, and then has time for what it was asked", async () => {
  const { spec, container } = await pod();
  const { preStop } = container["lifecycle"] as { preStop: { sleep: { seconds: number } } };
  expect(preStop).toEqual({ sleep: { seconds: 5 } });
  // The grace period runs while it sleeps.
  expect(spec.terminationGracePeriodSeconds).toBe(45);
});
