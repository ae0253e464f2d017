import { expect, test } from "vitest";
import { declare, only, valueOf } from "../../test/mocks.ts";
import { podsOf, violations } from "../../test/pod-security.ts";
import { EnvironmentGateway } from "./environment-gateway.ts";
import { EnvoyGateway } from "./envoy-gateway.ts";
import { GatewayKinds } from "./gateway-kinds.ts";
import { ModelRoute } from "./model-route.ts";

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

const declareRoute = () =>
  declare(() => {
    const gateway = new EnvironmentGateway("gateway", { ...place, gatewayClass: "isotherm" });
    const backends = [
      { service: "wine-blue", port: 80, grpcPort: 8081, weight: 90 },
      { service: "wine-green", port: 80, grpcPort: 8081, weight: 10 },
    ];
    return new ModelRoute("wine-route", { ...place, model: "wine", gateway, backends });
  }, programmed);

test("a model lives under a path of its own, and servers do not see that path", async () => {
  const { result, resources } = await declareRoute();
  expect(
    only(resources, "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute").inputs["spec"],
  ).toEqual({
    parentRefs: [{ name: "gateway", sectionName: "http" }],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/models/wine" } }],
        filters: [
          {
            type: "URLRewrite",
            urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } },
          },
        ],
        backendRefs: [
          { name: "wine-blue", port: 80, weight: 90 },
          { name: "wine-green", port: 80, weight: 10 },
        ],
      },
    ],
  });
  expect(await valueOf(result.url)).toBe("http://10.96.0.7/models/wine");
});

test("a gRPC call goes to the model that its header names, by the same weights", async () => {
  const { resources } = await declareRoute();
  expect(
    only(resources, "kubernetes:gateway.networking.k8s.io/v1:GRPCRoute").inputs["spec"],
  ).toEqual({
    parentRefs: [{ name: "gateway", sectionName: "grpc" }],
    rules: [
      {
        matches: [
          {
            method: { type: "Exact", service: "inference.GRPCInferenceService" },
            headers: [{ type: "Exact", name: "x-isotherm-model", value: "wine" }],
          },
        ],
        backendRefs: [
          { name: "wine-blue", port: 8081, weight: 90 },
          { name: "wine-green", port: 8081, weight: 10 },
        ],
      },
    ],
  });
});
