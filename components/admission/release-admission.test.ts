import { expect, test } from "vitest";
import { guardedNames } from "../../contracts/admission.ts";
import { declare, only, type Declared } from "../../test/mocks.ts";
import { ReleaseAdmission } from "./release-admission.ts";

// What is declared. That the rules refuse what they should, and nothing else, is asked of a cluster: test/e2e/admission.ts.

const kind = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";
const { resources } = await declare(() => new ReleaseAdmission("admission"));

interface Spec {
  failurePolicy: string;
  paramKind?: unknown;
  matchConstraints: { resourceRules: { operations: string[]; resources: string[] }[] };
  validations: { expression: string; messageExpression: string; reason: string }[];
}
const spec = ({ inputs }: Declared) => inputs["spec"] as Spec;
const policies = resources.filter(({ type }) => type === kind);
const policy = (rule: string) => spec(only(resources, kind, `admission-${rule}`));
const binding = (rule: string) =>
  only(resources, `${kind}Binding`, `admission-${rule}-binding`).inputs["spec"];

test("each rule is a policy and a binding, and holds where an environment is", () => {
  expect(policies.map(({ name }) => name).sort()).toEqual([
    "admission-isotherm-approvals",
    "admission-isotherm-routes",
    "admission-isotherm-slots",
  ]);
  for (const rule of ["isotherm-routes", "isotherm-slots", "isotherm-approvals"]) {
    expect(binding(rule)).toMatchObject({
      policyName: rule,
      validationActions: ["Deny"],
      matchResources: {
        namespaceSelector: {
          matchExpressions: [{ key: "isotherm.dev/environment", operator: "Exists" }],
        },
      },
    });
  }
});

test("an error in a rule refuses, and so does a list that is not there, but for what a registry is made of", () => {
  expect(policies.map((one) => spec(one).failurePolicy)).toEqual(["Fail", "Fail", "Fail"]);
  for (const [rule, without] of [
    ["isotherm-routes", "Deny"],
    // Kubernetes looks for the list before it asks whether the Deployment is a slot's.
    ["isotherm-slots", "Allow"],
  ] as const) {
    expect(policy(rule).paramKind).toEqual({ apiVersion: "v1", kind: "ConfigMap" });
    expect(binding(rule)).toMatchObject({
      paramRef: { name: "approved-releases", parameterNotFoundAction: without },
    });
  }
  // The list itself could not be made if it had to be there.
  expect(binding("isotherm-approvals")).not.toHaveProperty("paramRef");
});

test("what is refused is forbidden, not invalid: a preview, whose dry run meets the old list, goes on", () => {
  for (const { validations } of policies.map(spec)) {
    for (const { reason, messageExpression } of validations) {
      expect(reason).toBe("Forbidden");
      expect(messageExpression).toContain("'");
    }
  }
});

test("nothing that writes a status or a scale is asked", () => {
  const asked = policies.flatMap((one) =>
    spec(one).matchConstraints.resourceRules.flatMap((rule) => rule.resources),
  );
  expect(asked.sort()).toEqual(["configmaps", "deployments", "grpcroutes", "httproutes"]);
});

test("what is deleted may go: the garbage collector takes finalizers off what says what may be served", () => {
  const [validation] = policy("isotherm-approvals").validations;
  expect(validation?.expression).toContain("variables.isLeaving");
  expect(JSON.stringify(policy("isotherm-approvals"))).toContain(
    "has(oldObject.metadata.deletionTimestamp)",
  );
});

test("who may deploy is a role of two verbs, on a resource that no API serves", () => {
  const role = only(resources, "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole");
  expect(role.inputs).toMatchObject({
    metadata: { name: "isotherm-deployer" },
    rules: [{ apiGroups: ["isotherm.dev"], resources: ["releases"], verbs: ["approve", "hold"] }],
  });
});

test("names that are guarded reach the rule unbroken", () => {
  const text = JSON.stringify(policy("isotherm-approvals"));
  expect(text).toContain(guardedNames);
  expect(guardedNames).not.toMatch(/['\\]/);
});
