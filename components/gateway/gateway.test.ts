import { expect, test } from "vitest";
import { declare, only, valueOf, type Declared } from "../../test/mocks.ts";
import { podsOf, violations } from "../../test/pod-security.ts";
import { EnvironmentGateway } from "./environment-gateway.ts";
import { EnvoyGateway } from "./envoy-gateway.ts";
import { GatewayKinds } from "./gateway-kinds.ts";
import { ModelRoute, type ModelRouteArgs } from "./model-route.ts";

const place = { environment: "dev", namespace: "isotherm-dev" };
const programmed = {
  gateway: { status: { addresses: [{ type: "IPAddress", value: "10.96.0.7" }] } },
};
const images = { "envoy-gateway": "r/envoy-gateway:1.9.1", envoy: "r/envoy:1.40.0" };

const declareEnvoyGateway = () =>
  declare(
    () =>
      new EnvoyGateway("envoy-gateway", { className: "isotherm", images, service: "ClusterIP" }),
  );

test("every definition is a resource of its own, by its own name", async () => {
  const definitions = ["a.example.org", "b.example.org"].map((name) => ({
    metadata: { name },
    spec: { group: "example.org" },
  }));
  const { resources } = await declare(() => new GatewayKinds("kinds", { definitions }));
  const found = resources.filter(
    ({ type }) => type === "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
  );
  expect(found.map(({ name }) => name).sort()).toEqual(["a.example.org", "b.example.org"]);
});

test("Envoy Gateway is controller, certificates, rights and a class, and nothing else", async () => {
  const { resources } = await declareEnvoyGateway();
  expect(resources.map(({ type }) => type.split(":").at(-1)).sort()).toEqual([
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "Deployment",
    "EnvoyGateway",
    "EnvoyProxy",
    "GatewayClass",
    "Job",
    "Namespace",
    "Role",
    "Role",
    "RoleBinding",
    "RoleBinding",
    "Service",
    "ServiceAccount",
    "ServiceAccount",
    "ServiceRole",
    "ServiceRole",
  ]);
});

test("its pods pass Pod Security restricted, and its namespace enforces that for the proxies as well", async () => {
  const { resources } = await declareEnvoyGateway();
  expect(podsOf(resources)).toHaveLength(2);
  expect(podsOf(resources).flatMap(violations)).toEqual([]);
  const { metadata } = only(resources, "kubernetes:core/v1:Namespace").inputs as {
    metadata: { labels: object };
  };
  expect(metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
});

test("no image that a proxy pod runs is left to a default", async () => {
  const { resources } = await declareEnvoyGateway();
  const { data } = only(resources, "kubernetes:core/v1:ConfigMap").inputs as {
    data: Record<string, string>;
  };
  const config = JSON.parse(data["envoy-gateway.yaml"] ?? "") as Record<string, never>;
  expect(config).toMatchObject({
    provider: { kubernetes: { shutdownManager: { image: images["envoy-gateway"] } } },
    envoyProxy: {
      provider: { kubernetes: { envoyDeployment: { container: { image: images.envoy } } } },
    },
  });
  const proxy = only(resources, "kubernetes:gateway.envoyproxy.io/v1alpha1:EnvoyProxy").inputs;
  expect(proxy["spec"]).toMatchObject({
    provider: {
      kubernetes: {
        envoyService: { type: "ClusterIP" },
        envoyDeployment: { container: { image: images.envoy } },
      },
    },
  });
});

test("the controller may write Secrets nowhere, the certificate Job in its own namespace only", async () => {
  const { resources } = await declareEnvoyGateway();
  const writers = resources.filter(({ inputs }) => {
    const rules = (inputs["rules"] ?? []) as { resources: string[]; verbs: string[] }[];
    return rules.some(
      (rule) => rule.resources.includes("secrets") && rule.verbs.includes("create"),
    );
  });
  expect(writers.map(({ type, name }) => `${type} ${name}`)).toEqual([
    "kubernetes:rbac.authorization.k8s.io/v1:Role envoy-gateway-certgen",
  ]);
});

test("a gateway is waited for, and its address is what the controller reports", async () => {
  const { result, resources } = await declare(
    () => new EnvironmentGateway("gateway", { ...place, gatewayClass: "isotherm" }),
    programmed,
  );
  const gateway = only(resources, "kubernetes:gateway.networking.k8s.io/v1:Gateway").inputs;
  expect(gateway["metadata"]).toMatchObject({
    annotations: { "pulumi.com/waitFor": "condition=Programmed" },
  });
  expect(gateway["spec"]).toEqual({
    gatewayClassName: "isotherm",
    listeners: [
      { name: "http", protocol: "HTTP", port: 80, allowedRoutes: { namespaces: { from: "Same" } } },
      {
        name: "grpc",
        protocol: "HTTP",
        port: 8081,
        allowedRoutes: { namespaces: { from: "Same" } },
      },
    ],
  });
  expect(gateway).not.toHaveProperty("status");
  expect(await valueOf(result.address)).toBe("10.96.0.7");
  expect(await valueOf(result.grpc)).toBe("10.96.0.7:8081");
});

test("N-01 a request that a server could not take is asked of another one, by proxies that are known to understand that", async () => {
  const type = "kubernetes:gateway.envoyproxy.io/v1alpha1:BackendTrafficPolicy";
  const declaredWith = async (gatewayClass: string) => {
    const make = () => new EnvironmentGateway("gateway", { ...place, gatewayClass });
    return (await declare(make, programmed)).resources;
  };
  expect(only(await declaredWith("isotherm"), type).inputs["spec"]).toMatchObject({
    targetRefs: [{ kind: "Gateway", name: "gateway" }],
    // Only what the server cannot have begun to answer.
    retry: { retryOn: { triggers: ["connect-failure", "refused-stream", "reset-before-request"] } },
    timeout: { tcp: { connectTimeout: "1s" } },
    // One that could not be reached is left alone; answers, be they errors, do not move requests elsewhere.
    healthCheck: { passive: { consecutiveLocalOriginFailures: 1, consecutive5XxErrors: 0 } },
  });
  const others = await declaredWith("traefik");
  expect(others.filter((resource) => resource.type === type)).toEqual([]);
});

const serversOf = (slot: string) => ({
  slot,
  service: `wine-${slot}`,
  port: 80,
  grpcPort: 8081,
});

const declareRoute = (change: Partial<ModelRouteArgs> = {}) =>
  declare(() => {
    const gateway = new EnvironmentGateway("gateway", { ...place, gatewayClass: "isotherm" });
    const backends = [
      { ...serversOf("blue"), weight: 90 },
      { ...serversOf("green"), weight: 10 },
    ];
    const args = { ...place, model: "wine", gateway, backends, ...change };
    return new ModelRoute("wine-route", args);
  }, programmed);

const rulesOf = (resources: readonly Declared[], kind: "HTTPRoute" | "GRPCRoute") =>
  (
    only(resources, `kubernetes:gateway.networking.k8s.io/v1:${kind}`).inputs["spec"] as {
      rules: Record<string, unknown>[];
    }
  ).rules;

const path = { type: "PathPrefix", value: "/models/wine" };
const rewrite = {
  type: "URLRewrite",
  urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } },
};
const header = (name: string, value: string) => ({ type: "Exact", name, value });

test("N-02 a model lives under a path of its own, servers do not see that path, and slots share it by weight", async () => {
  const { result, resources } = await declareRoute();
  const route = only(resources, "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute").inputs;
  expect(route["spec"]).toMatchObject({ parentRefs: [{ name: "gateway", sectionName: "http" }] });
  expect(rulesOf(resources, "HTTPRoute")[0]).toEqual({
    matches: [{ path }],
    filters: [rewrite],
    backendRefs: [
      { name: "wine-blue", port: 80, weight: 90 },
      { name: "wine-green", port: 80, weight: 10 },
    ],
  });
  expect(await valueOf(result.url)).toBe("http://10.96.0.7/models/wine");
});

test("a slot is reached by a header, whatever its weight", async () => {
  const { resources } = await declareRoute();
  const [, ...rules] = rulesOf(resources, "HTTPRoute");
  expect(rules).toEqual(
    ["blue", "green"].map((slot) => ({
      matches: [{ path, headers: [header("x-isotherm-slot", slot)] }],
      filters: [rewrite],
      backendRefs: [{ name: `wine-${slot}`, port: 80, weight: 1 }],
    })),
  );
});

test("a gRPC call goes to the model that its header names, by the same weights and slots", async () => {
  const { resources } = await declareRoute();
  const route = only(resources, "kubernetes:gateway.networking.k8s.io/v1:GRPCRoute").inputs;
  expect(route["spec"]).toMatchObject({ parentRefs: [{ name: "gateway", sectionName: "grpc" }] });
  const method = { type: "Exact", service: "inference.GRPCInferenceService" };
  const model = header("x-isotherm-model", "wine");
  expect(rulesOf(resources, "GRPCRoute")).toEqual([
    {
      matches: [{ method, headers: [model] }],
      backendRefs: [
        { name: "wine-blue", port: 8081, weight: 90 },
        { name: "wine-green", port: 8081, weight: 10 },
      ],
    },
    ...["blue", "green"].map((slot) => ({
      matches: [{ method, headers: [model, header("x-isotherm-slot", slot)] }],
      backendRefs: [{ name: `wine-${slot}`, port: 8081, weight: 1 }],
    })),
  ]);
});

test.each([
  [100, {}],
  [25, { percent: 25 }],
])(
  "T-02 a shadow gets a copy of %i %% of what is shared out, and of nothing else",
  async (percent, share) => {
    const { resources } = await declareRoute({ shadow: { ...serversOf("shadow"), percent } });
    const mirror = (port: number) => ({
      type: "RequestMirror",
      requestMirror: { backendRef: { name: "wine-shadow", port }, ...share },
    });
    const [http, ...toSlots] = rulesOf(resources, "HTTPRoute");
    expect(http?.["filters"]).toEqual([rewrite, mirror(80)]);
    const [grpc, ...grpcToSlots] = rulesOf(resources, "GRPCRoute");
    expect(grpc?.["filters"]).toEqual([mirror(8081)]);
    expect(JSON.stringify([...toSlots, ...grpcToSlots])).not.toContain("shadow");
  },
);
