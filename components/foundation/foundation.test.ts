import { expect, test } from "vitest";
import { declare, only, valueOf } from "../../test/mocks.ts";
import { EnvironmentNamespace } from "./environment-namespace.ts";
import { objectLabels, selectorLabels } from "./labels.ts";
import { networkPolicies } from "./network-flows.ts";
import { milliCpu, quantityOf } from "./requests.ts";

const identity = {
  name: "postgres",
  instance: "postgres",
  component: "database",
  environment: "dev",
};

test("a selector is the labels minus the version, so that a new version keeps it", () => {
  const { "app.kubernetes.io/version": version, ...rest } = objectLabels({
    ...identity,
    version: "15",
  });
  expect(version).toBe("15");
  expect(rest).toEqual(selectorLabels({ ...identity, version: "16" }));
});

test.each([
  ["250m", 250],
  ["1.5", 1_500],
  ["2", 2_000],
])("%s of CPU is %i thousandths", (text, milli) => {
  expect(milliCpu(text)).toBe(milli);
});

test("what is no quantity is refused", () => {
  expect(() => milliCpu("some")).toThrow("not a quantity: some");
});

test.each([
  ["250m", 0.25],
  ["1.5", 1.5],
  ["512Mi", 2 ** 29],
  ["8Gi", 2 ** 33],
  ["2G", 2e9],
])("%s is %d", (text, value) => {
  expect(quantityOf(text)).toBe(value);
});

test("without flows nothing is allowed but name resolution", () => {
  expect(networkPolicies([]).map(({ name }) => name)).toEqual(["default-deny", "allow-dns"]);
  expect(networkPolicies([])[0]?.spec).toEqual({
    podSelector: {},
    policyTypes: ["Ingress", "Egress"],
  });
});

test("a flow opens one side's exit and the other side's entry, for its port alone", () => {
  const policies = new Map(
    networkPolicies([{ from: "a", to: "b", port: 80 }]).map(({ name, spec }) => [name, spec]),
  );
  const pods = (component: string) => ({
    podSelector: { matchLabels: { "app.kubernetes.io/component": component } },
  });
  const tcp80 = [{ protocol: "TCP", port: 80 }];
  expect(policies.get("allow-a")).toEqual({
    ...pods("a"),
    policyTypes: ["Egress"],
    egress: [{ to: [pods("b")], ports: tcp80 }],
  });
  expect(policies.get("allow-b")).toEqual({
    ...pods("b"),
    policyTypes: ["Ingress"],
    ingress: [{ from: [pods("a")], ports: tcp80 }],
  });
});

test("a flow from another namespace opens only the entry", () => {
  const [, , policy] = networkPolicies([{ from: { namespace: "gateways" }, to: "b", port: 80 }]);
  expect(policy?.spec.policyTypes).toEqual(["Ingress"]);
});

test("an environment's namespace enforces Pod Security restricted and denies traffic first", async () => {
  const { result, resources } = await declare(
    () =>
      new EnvironmentNamespace("namespace", {
        environment: "dev",
        flows: [{ from: "a", to: "b", port: 80 }],
      }),
  );
  expect(await valueOf(result.namespace)).toBe("isotherm-dev");
  expect(only(resources, "kubernetes:core/v1:Namespace").inputs["metadata"]).toEqual({
    name: "isotherm-dev",
    labels: {
      "app.kubernetes.io/part-of": "isotherm",
      "isotherm.dev/environment": "dev",
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    },
  });
  const policies = resources.filter(
    ({ type }) => type === "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  );
  expect(policies.map(({ name }) => name).sort()).toEqual([
    "namespace-allow-a",
    "namespace-allow-b",
    "namespace-allow-dns",
    "namespace-default-deny",
  ]);
});
