import { expect, test } from "vitest";
import { judge } from "../../contracts/gates.ts";
import { parseRelease } from "../../contracts/release.ts";
import { ServingConfig } from "../../contracts/serving-config.ts";
import { declare, generatedSecret, only, valueOf, type Declared } from "../../test/mocks.ts";
import { podsOf, violations } from "../../test/pod-security.ts";
import { manifestWith, stored } from "../../test/releases.ts";
import { ObjectStore } from "../registry/object-store.ts";
import { ApiKey } from "./api-key.ts";
import { ModelRelease, releaseRecord } from "./model-release.ts";
import { ModelServer, type ModelServerArgs } from "./model-server.ts";

const place = { environment: "dev", namespace: "isotherm-dev" };
const manifest = manifestWith({ accuracy: 0.97 });
const { digest, text } = stored(manifest);
const verdict = judge(manifest.evidence, [{ metric: "accuracy", atLeast: 0.85 }]);
const admission = {
  admittedAt: "2026-01-02T04:04:05.000Z",
  ageSeconds: 3600,
  comparison: { kind: "none" as const },
};
const record = releaseRecord({ digest, version: "10", manifest, verdict }, admission);
const release = { digest, version: "10", runId: "run-1", manifest, verdict, record };

function declareServer(change: Partial<ModelServerArgs> = {}) {
  return declare(() => {
    const objects = new ObjectStore("s3", {
      ...place,
      image: "r/s3:1",
      storage: "1Gi",
      storageClass: undefined,
      tools: "r/training:1",
    });
    const apiKey = new ApiKey("api-key", place);
    return new ModelServer("wine-blue", {
      ...place,
      model: "wine",
      slot: "blue",
      image: "r/serving:1",
      release,
      objects,
      apiKey,
      scale: { replicas: 1 },
      resources: {},
      ...change,
    });
  });
}

function specOf(
  resources: readonly Declared[],
  type: string,
  name: string,
): Record<string, unknown> {
  return only(resources, type, name).inputs["spec"] as Record<string, unknown>;
}

test("a server is told its release by digest, never 'latest'", async () => {
  const { resources } = await declareServer();
  const config = only(resources, "kubernetes:core/v1:ConfigMap", "wine-blue-config").inputs;
  const data = config["data"] as Record<string, string>;
  expect(config["immutable"]).toBe(true);
  expect(ServingConfig.parse(JSON.parse(data["serving.json"] ?? ""))).toEqual({
    schema: "isotherm.dev/serving-config/v1",
    environment: "dev",
    slot: "blue",
    objects: { endpoint: "http://s3:7070", region: "us-east-1", bucket: "isotherm" },
    models: [{ name: "wine", version: "10", release: digest }],
  });
});

test("S-02 a server is told what to log, what to leave out of it, and how often to look at the physics", async () => {
  const audit = { log: "all" as const, redact: ["age"], retentionDays: 7 };
  const { resources } = await declareServer({ audit, physics: { share: 0.5 } });
  const config = only(resources, "kubernetes:core/v1:ConfigMap", "wine-blue-config").inputs;
  const { "serving.json": text = "" } = config["data"] as Record<string, string>;
  expect(ServingConfig.parse(JSON.parse(text))).toMatchObject({ audit, physics: { share: 0.5 } });
});

test("another release is another ConfigMap, which rolls the pods", async () => {
  const configOf = async (change = {}) => {
    const { resources } = await declareServer(change);
    const config = only(resources, "kubernetes:core/v1:ConfigMap", "wine-blue-config").inputs[
      "metadata"
    ];
    const [pod] = podsOf(resources.filter(({ name }) => name === "wine-blue"));
    const [volume] = pod?.spec["volumes"] as { configMap: { name: string } }[];
    expect(volume?.configMap.name).toBe((config as { name: string }).name);
    return volume?.configMap.name;
  };
  expect(await configOf()).not.toBe(
    await configOf({ release: { digest: "e".repeat(64), version: "11" } }),
  );
});

test("a server's pod passes Pod Security restricted, and a rollout takes no server away early", async () => {
  const { resources } = await declareServer();
  expect(podsOf(resources).flatMap(violations)).toEqual([]);
  expect(specOf(resources, "kubernetes:apps/v1:Deployment", "wine-blue")["strategy"]).toEqual({
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
  });
});

test("the Service has the ports that gateways and scrapers expect", async () => {
  const { result, resources } = await declareServer();
  expect(specOf(resources, "kubernetes:core/v1:Service", "wine-blue-service")["ports"]).toEqual([
    { name: "http", port: 80, targetPort: "http" },
    { name: "grpc", port: 8081, targetPort: "grpc", appProtocol: "kubernetes.io/h2c" },
    { name: "metrics", port: 9090, targetPort: "metrics" },
  ]);
  expect(await valueOf(result.service)).toBe("wine-blue");
});

test("every port of the Service is one of the server's container", async () => {
  const { resources } = await declareServer();
  const service = specOf(resources, "kubernetes:core/v1:Service", "wine-blue-service");
  const [pod] = podsOf(resources.filter(({ name }) => name === "wine-blue"));
  const [container] = pod?.containers as [{ ports: { name: string; containerPort: number }[] }];
  expect(container.ports).toEqual([
    { name: "http", containerPort: 8080 },
    { name: "grpc", containerPort: 8081 },
    { name: "metrics", containerPort: 9090 },
  ]);
  expect((service["ports"] as { targetPort: string }[]).map((port) => port.targetPort)).toEqual(
    container.ports.map(({ name }) => name),
  );
});

test("T-10 a server with a sink is told of it, and may reach it; one without may not", async () => {
  const policies = (resources: readonly Declared[]) =>
    resources.filter(({ type }) => type.endsWith(":NetworkPolicy"));
  expect(policies((await declareServer()).resources)).toEqual([]);

  const { resources } = await declareServer({ events: { url: "http://192.0.2.7:9000/in" } });
  const config = only(resources, "kubernetes:core/v1:ConfigMap", "wine-blue-config").inputs;
  const { "serving.json": text = "" } = config["data"] as Record<string, string>;
  expect(ServingConfig.parse(JSON.parse(text)).events).toEqual({ url: "http://192.0.2.7:9000/in" });
  expect(policies(resources).map(({ inputs }) => inputs["spec"])).toEqual([
    {
      podSelector: {
        matchLabels: expect.objectContaining({
          "isotherm.dev/model": "wine",
          "isotherm.dev/slot": "blue",
        }) as object,
      },
      policyTypes: ["Egress"],
      egress: [
        { to: [{ ipBlock: { cidr: "192.0.2.7/32" } }], ports: [{ protocol: "TCP", port: 9000 }] },
      ],
    },
  ]);
});

test("a disruption budget comes with the second replica", async () => {
  const budgets = async (replicas: number) => {
    const { resources, result } = await declareServer({ scale: { replicas } });
    expect(result.cpu).toBe(replicas * 100);
    return resources.filter(({ type }) => type.endsWith(":PodDisruptionBudget")).length;
  };
  expect(await budgets(1)).toBe(0);
  expect(await budgets(2)).toBe(1);
});

test("K-04 where an autoscaler decides, nothing else sets a number of servers", async () => {
  const scale = { min: 2, max: 20, cpuPercent: 70 };
  const { resources, result } = await declareServer({ scale });
  const deployment = specOf(resources, "kubernetes:apps/v1:Deployment", "wine-blue");
  expect(deployment).not.toHaveProperty("replicas");
  const autoscaler = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
  expect(specOf(resources, autoscaler, "wine-blue-autoscaler")).toEqual({
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "wine-blue" },
    minReplicas: 2,
    maxReplicas: 20,
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
      },
    ],
  });
  expect(resources.filter(({ type }) => type.endsWith(":PodDisruptionBudget"))).toHaveLength(1);
  expect(result.cpu).toBe(200);
});

test("servers of a slot keep apart from each other, on nodes and in zones", async () => {
  const { resources } = await declareServer();
  const [pod] = podsOf(resources.filter(({ name }) => name === "wine-blue"));
  const slot = { "isotherm.dev/model": "wine", "isotherm.dev/slot": "blue" };
  const constraint = (topologyKey: string) =>
    expect.objectContaining({
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: expect.objectContaining(slot) as object },
    }) as object;
  expect(pod?.spec["topologySpreadConstraints"]).toEqual([
    constraint("topology.kubernetes.io/zone"),
    constraint("kubernetes.io/hostname"),
  ]);
});

test("with `surge: replace` the old servers go first", async () => {
  const { resources } = await declareServer({ surge: "replace" });
  expect(specOf(resources, "kubernetes:apps/v1:Deployment", "wine-blue")["strategy"]).toEqual({
    type: "Recreate",
  });
});

test("G-07 a server with a GPU asks for one of its pool, for what feeds it, and is told to run its graphs there", async () => {
  const gpu = { nodeSelector: { "isotherm.dev/pool": "inference" }, mig: "1g.10gb" };
  const { resources, result } = await declareServer({ gpu, scale: { replicas: 2 } });
  const [pod] = podsOf(resources.filter(({ name }) => name === "wine-blue"));
  const [container] = pod?.containers ?? [];
  expect(pod?.spec).toMatchObject({
    nodeSelector: gpu.nodeSelector,
    tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
  });
  const device = { "nvidia.com/mig-1g.10gb": "1" };
  expect(container?.["resources"]).toEqual({
    requests: { cpu: "1", memory: "128Mi", ...device },
    limits: { cpu: "2", memory: "8Gi", ...device },
  });
  expect(container?.["env"]).toContainEqual({ name: "ISOTHERM_EXECUTION_PROVIDER", value: "cuda" });
  expect(podsOf(resources).flatMap(violations)).toEqual([]);
  expect(result.cpu).toBe(2_000);
});

test("what is set for a server with a GPU holds, and its limit is never below its request", async () => {
  const gpu = { nodeSelector: {}, mig: undefined };
  const { resources } = await declareServer({ gpu, resources: { cpu: "3", memory: "2Gi" } });
  const [pod] = podsOf(resources.filter(({ name }) => name === "wine-blue"));
  expect(pod?.containers[0]?.["resources"]).toEqual({
    requests: { cpu: "3", memory: "128Mi", "nvidia.com/gpu": "1" },
    limits: { cpu: "3", memory: "2Gi", "nvidia.com/gpu": "1" },
  });
});

test("a server without a GPU is small, goes anywhere, and runs its graphs on the processor", async () => {
  const { resources } = await declareServer();
  const [pod] = podsOf(resources.filter(({ name }) => name === "wine-blue"));
  const [container] = pod?.containers ?? [];
  expect(container?.["resources"]).toEqual({
    requests: { cpu: "100m", memory: "128Mi" },
    limits: { memory: "256Mi" },
  });
  expect(pod?.spec).not.toHaveProperty("tolerations");
  expect(JSON.stringify(container?.["env"])).not.toContain("ISOTHERM_EXECUTION_PROVIDER");
});

test("which release a slot has can be read from its Deployment", async () => {
  const { resources } = await declareServer();
  expect(
    only(resources, "kubernetes:apps/v1:Deployment", "wine-blue").inputs["metadata"],
  ).toMatchObject({ annotations: { "isotherm.dev/release": digest } });
});

test("the cluster gets the digest of the API key, not the key", async () => {
  const { resources } = await declareServer();
  expect(JSON.stringify(resources)).not.toContain(generatedSecret);
  expect(only(resources, "kubernetes:core/v1:Secret", "api-key-digests").inputs["stringData"]).toBe(
    "[secret]",
  );
});

test("a release's record holds manifest, raw evidence, verdict and admission, and cannot change", async () => {
  const { result, resources } = await declare(
    () => new ModelRelease("wine-release", { ...place, model: "wine", release }),
  );
  const { immutable, data, metadata } = only(resources, "kubernetes:core/v1:ConfigMap").inputs as {
    immutable: boolean;
    data: Record<string, string>;
    metadata: { name: string };
  };
  expect(immutable).toBe(true);
  expect(metadata.name).toBe(`release-wine-${digest.slice(0, 12)}`);
  expect(parseRelease(data["manifest.json"] ?? "", digest)).toEqual(manifest);
  expect(data["manifest.json"]).toBe(text);
  expect(JSON.parse(data["evidence.json"] ?? "")).toEqual(manifest.evidence);
  expect(JSON.parse(data["verdict.json"] ?? "")).toMatchObject({ passed: true });
  expect(JSON.parse(data["admission.json"] ?? "")).toEqual(admission);
  expect(await valueOf(result.digest)).toBe(digest);
});

test("a release's record stays in the cluster when the release leaves the stack file, and may be destroyed with it", async () => {
  const { resources } = await declare(
    () => new ModelRelease("wine-release", { ...place, model: "wine", release }),
  );
  const record = only(resources, "kubernetes:core/v1:ConfigMap");
  expect(record).toMatchObject({ retainOnDelete: true });
  expect(record).not.toHaveProperty("protect");
});
