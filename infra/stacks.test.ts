import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { milliCpu } from "../components/foundation/requests.ts";
import { proxyCpu } from "../components/gateway/envoy-gateway-config.ts";
import { FakeMlflow } from "../contracts/testing/fake-mlflow.ts";
import { Mlflow } from "../contracts/mlflow.ts";
import { declare, generatedSecret, only, valueOf } from "../test/mocks.ts";
import {
  freshEnvironment,
  mockTarget,
  programmedGateway,
  targetWithRegistry,
} from "../test/mock-target.ts";
import { podsOf, violations, type Pod } from "../test/pod-security.ts";
import { manifestWith, stored } from "../test/releases.ts";
import { clusterRolesOf, declareCluster } from "./cluster-stack.ts";
import { parseConfig, type StackConfig } from "./config.ts";
import { declareEnvironment } from "./environment-stack.ts";
import type { ClusterConfig, EnvironmentConfig } from "./schema.ts";

// The committed stack files, declared against mocks. Does not prove that a cluster accepts the objects, nor that
// anything in them works: the end-to-end layer does.

const release = stored(manifestWith({ accuracy: 0.97 }));
const definitions = [
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition" as const,
    metadata: { name: "gateways.gateway.networking.k8s.io" },
    spec: {},
  },
];

const registry = new FakeMlflow();

beforeAll(async () => {
  await registry.listen();
  const mlflow = new Mlflow({ url: registry.url });
  const run = await mlflow.createRun(await mlflow.ensureExperiment("wine"), "wine", {});
  await mlflow.uploadArtifact(run, "model/release.json", release.text);
  await mlflow.ensureRegisteredModel("wine");
  const tags = { "isotherm.release": release.digest, "isotherm.training": "wine" };
  await mlflow.createModelVersion({ name: "wine", source: "s", runId: run.info.run_id, tags });
});

afterAll(() => registry.close());

function configOf(stack: string): StackConfig {
  const text = readFileSync(join(import.meta.dirname, `../stacks/Pulumi.${stack}.yaml`), "utf8");
  return parseConfig((parse(text) as { config: Record<string, unknown> }).config);
}

const declareDev = () =>
  declare(
    () =>
      declareEnvironment(
        configOf("dev") as EnvironmentConfig,
        targetWithRegistry(registry.url),
        freshEnvironment("dev"),
      ),
    programmedGateway,
  );
const declareClusterStack = () =>
  declare(() =>
    declareCluster(configOf("cluster") as ClusterConfig, mockTarget({ crds: () => definitions })),
  );

function requested(pods: readonly Pod[]): number {
  return pods
    .filter(({ ends }) => !ends)
    .flatMap(({ containers, replicas }) =>
      containers.map((container) => {
        const { requests } = container["resources"] as { requests: { cpu: string } };
        return replicas * milliCpu(requests.cpu);
      }),
    )
    .reduce((sum, milli) => sum + milli, 0);
}

test("dev hands out what a first try needs: namespace, address, key, and each model's release", async () => {
  const { result } = await declareDev();
  const wine = result.models["wine"];
  if (wine === undefined) throw new Error("dev serves no wine");
  expect(await valueOf(result.namespace)).toBe("isotherm-dev");
  expect(await valueOf(result.gateway)).toBe("10.96.0.7");
  expect(await valueOf(wine.url)).toBe("http://10.96.0.7/models/wine");
  expect(wine.workload).toBe("wine");
  expect(await valueOf(wine.release)).toBe(release.digest);
  expect(await valueOf(wine.version)).toBe("1");
});

test("N-04 dev's server loads the release that training made, by digest", async () => {
  const { resources } = await declareDev();
  const { data } = only(resources, "kubernetes:core/v1:ConfigMap", "wine-blue-config").inputs as {
    data: Record<string, string>;
  };
  expect(JSON.parse(data["serving.json"] ?? "")).toMatchObject({
    models: [{ name: "wine", version: "1", release: release.digest }],
  });
});

test.each([
  ["dev", declareDev],
  ["cluster", declareClusterStack],
])(
  "%s: every pod passes Pod Security restricted, has requests and limits, and a fixed image",
  async (_, run) => {
    const { resources } = await run();
    const pods = podsOf(resources);
    expect(pods.length).toBeGreaterThan(1);
    expect(pods.flatMap(violations)).toEqual([]);
  },
);

test.each([
  ["dev", declareDev],
  ["cluster", declareClusterStack],
])("%s: no generated secret appears in the clear in any input", async (_, run) => {
  expect(JSON.stringify((await run()).resources)).not.toContain(generatedSecret);
});

test("T-13 both stacks together request under 1 CPU, and say how much", async () => {
  const dev = await declareDev();
  const cluster = await declareClusterStack();
  // The proxies are made by the gateway's controller, not by this program.
  expect(dev.result.requestedCpu).toBe((requested(podsOf(dev.resources)) + proxyCpu) / 1_000);
  expect(cluster.result.requestedCpu).toBe(requested(podsOf(cluster.resources)) / 1_000);
  expect(dev.result.requestedCpu + cluster.result.requestedCpu).toBeLessThan(1);
});

test("K-04 stack cluster runs metrics-server only where its file says so, and its CPU counts", async () => {
  const config = configOf("cluster") as ClusterConfig;
  const metrics = { server: "install", kubeletCertificates: "verify" } as const;
  const without = await declareClusterStack();
  const withIt = await declare(() => declareCluster({ ...config, metrics }, mockTarget()));
  const apis = (resources: readonly { type: string }[]) =>
    resources.filter(({ type }) => type.endsWith(":APIService")).length;
  expect([apis(without.resources), apis(withIt.resources)]).toEqual([0, 1]);
  expect(withIt.result.requestedCpu - without.result.requestedCpu).toBeCloseTo(0.02);
  expect(clusterRolesOf(config)).not.toContain("metrics-server");
  expect(clusterRolesOf({ metrics })).toContain("metrics-server");
});

test("every namespaced object of dev lies in dev's namespace", async () => {
  const { resources } = await declareDev();
  const objects = resources.filter(
    ({ type }) => type.startsWith("kubernetes:") && !type.endsWith(":Namespace"),
  );
  expect(objects.length).toBeGreaterThan(20);
  for (const { name, inputs } of objects) {
    expect((inputs["metadata"] as { namespace?: string }).namespace, name).toBe("isotherm-dev");
  }
});

test("U-05 every pod of dev that talks to another is allowed to, and nothing else is", async () => {
  const { resources } = await declareDev();
  const policies = resources
    .filter(({ type }) => type.endsWith(":NetworkPolicy"))
    .map(({ name }) => name);
  expect(policies.sort()).toEqual([
    "namespace-allow-batch-inference",
    "namespace-allow-database",
    "namespace-allow-dns",
    "namespace-allow-drift",
    "namespace-allow-model-server",
    "namespace-allow-object-store",
    "namespace-allow-recorder",
    "namespace-allow-registry",
    "namespace-allow-storage-init",
    "namespace-allow-training",
    "namespace-default-deny",
    "recorder-api-server",
  ]);
});
