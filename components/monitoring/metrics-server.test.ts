import { X509Certificate, createPrivateKey, createPublicKey } from "node:crypto";
import { expect, test } from "vitest";
import { declare, only, valueOf, type Declared } from "../../test/mocks.ts";
import { podsOf, violations } from "../../test/pod-security.ts";
import { servingCertificate } from "../foundation/serving-certificate.ts";
import { MetricsServer, type MetricsServerArgs } from "./metrics-server.ts";

const declareServer = (change: Partial<MetricsServerArgs> = {}) =>
  declare(
    () =>
      new MetricsServer("metrics", {
        image: "r/metrics-server:1",
        kubeletCertificates: "verify",
        ...change,
      }),
  );

function argumentsOf(resources: readonly Declared[]): string[] {
  const [pod] = podsOf(resources);
  const [container] = pod?.containers ?? [];
  return container?.["args"] as string[];
}

test("K-04 metrics-server is a server, its rights, its certificate and the API it serves, and nothing else", async () => {
  const { resources, result } = await declareServer();
  expect(resources.map(({ type }) => type.split(":").at(-1)).sort()).toEqual([
    "APIService",
    "ClusterRole",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterRoleBinding",
    "Deployment",
    "MetricsServer",
    "MetricsServerRights",
    "Namespace",
    "NetworkPolicy",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
  ]);
  expect(await valueOf(result.api)).toBe("v1beta1.metrics.k8s.io");
  expect(result.cpu).toBe(20);
});

test("its pod passes Pod Security restricted, and its namespace enforces that", async () => {
  const { resources } = await declareServer();
  expect(podsOf(resources)).toHaveLength(1);
  expect(podsOf(resources).flatMap(violations)).toEqual([]);
  const namespace = only(resources, "kubernetes:core/v1:Namespace").inputs["metadata"];
  expect(namespace).toMatchObject({
    labels: { "pod-security.kubernetes.io/enforce": "restricted" },
  });
});

test("a kubelet is believed by the cluster's own authority, and without one only where that is asked for", async () => {
  const verifying = argumentsOf((await declareServer()).resources);
  expect(verifying).toContain(
    "--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
  );
  expect(verifying).not.toContain("--kubelet-insecure-tls");
  const skipping = argumentsOf((await declareServer({ kubeletCertificates: "skip" })).resources);
  expect(skipping).toContain("--kubelet-insecure-tls");
  expect(skipping.join(" ")).not.toContain("certificate-authority");
});

test("it may read what it measures, and write nothing", async () => {
  const { resources } = await declareServer();
  const rules = resources
    .filter(({ type }) => type.endsWith(":ClusterRole"))
    .flatMap(({ inputs }) => inputs["rules"] as { verbs: string[] }[]);
  expect(rules.length).toBeGreaterThan(2);
  expect([...new Set(rules.flatMap(({ verbs }) => verbs))].sort()).toEqual([
    "get",
    "list",
    "watch",
  ]);
});

test("the API server is told the certificate to trust, the key is nobody's to see", async () => {
  const { resources } = await declareServer();
  expect(only(resources, "kubernetes:core/v1:Secret").inputs["data"]).toBe("[secret]");
  const api = only(resources, "kubernetes:apiregistration.k8s.io/v1:APIService").inputs;
  const { caBundle, insecureSkipTLSVerify, service } = api["spec"] as {
    caBundle: string;
    insecureSkipTLSVerify?: boolean;
    service: { name: string; namespace: string };
  };
  expect(insecureSkipTLSVerify).toBeUndefined();
  const certificate = new X509Certificate(Buffer.from(caBundle, "base64"));
  expect(certificate.checkHost(`${service.name}.${service.namespace}.svc`)).toBeDefined();
});

test("a serving certificate is for its names, by its key, for ten years", async () => {
  const now = new Date("2026-01-02T03:04:05Z");
  const { certificate, key } = await servingCertificate(["a.example", "b.example"], now);
  const parsed = new X509Certificate(certificate);
  expect(parsed.checkHost("b.example")).toBe("b.example");
  expect(parsed.checkHost("c.example")).toBeUndefined();
  expect(parsed.verify(createPublicKey(createPrivateKey(key)))).toBe(true);
  expect(parsed.ca).toBe(false);
  expect(new Date(parsed.validTo).getUTCFullYear()).toBe(2035);
});
