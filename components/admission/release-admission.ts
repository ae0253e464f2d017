import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy.js";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import * as pulumi from "@pulumi/pulumi";
import { approval, approvedName, deployerRole } from "../../contracts/admission.ts";
import { keys } from "../../contracts/names.ts";
import { approvalRule } from "./approval-rule.ts";
import { routeRule } from "./route-rule.ts";
import type { AdmissionRule } from "./rule.ts";
import { slotRule } from "./slot-rule.ts";

const labels = { "app.kubernetes.io/part-of": "isotherm" };

/**
 * The cluster's own word on what may be served, for whoever goes round the program: in the namespaces of environments, requests
 * and servers get only releases that are on the environment's list, and only those who may approve releases write that list.
 * It sees objects and not the registry: it trusts the list.
 */
export class ReleaseAdmission extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:admission:ReleaseAdmission", name, {}, opts);
    const parent = { parent: this };
    const { group, resource, verbs } = approval;
    new ClusterRole(
      `${name}-${deployerRole}`,
      {
        metadata: { name: deployerRole, labels },
        rules: [{ apiGroups: [group], resources: [resource], verbs: Object.values(verbs) }],
      },
      parent,
    );
    for (const rule of [routeRule, slotRule, approvalRule]) {
      const policy = new ValidatingAdmissionPolicy(
        `${name}-${rule.name}`,
        { metadata: { name: rule.name, labels }, spec: policySpec(rule) },
        parent,
      );
      new ValidatingAdmissionPolicyBinding(
        `${name}-${rule.name}-binding`,
        {
          metadata: { name: rule.name, labels },
          spec: {
            policyName: policy.metadata.name,
            validationActions: ["Deny"],
            matchResources: {
              namespaceSelector: {
                matchExpressions: [{ key: keys.environment, operator: "Exists" }],
              },
            },
            // In the namespace of the object that is judged.
            ...(rule.byList ? { paramRef: paramRef(rule) } : {}),
          },
        },
        parent,
      );
    }
    this.registerOutputs({});
  }
}

function paramRef({ withoutList = "Deny" }: AdmissionRule) {
  return { name: approvedName, parameterNotFoundAction: withoutList };
}

function policySpec(rule: AdmissionRule) {
  const { apiGroup, resources, operations, conditions = [], variables = [], byList } = rule;
  const list = { name: "list", expression: "has(params.data) ? params.data : {}" };
  return {
    failurePolicy: "Fail",
    ...(byList ? { paramKind: { apiVersion: "v1", kind: "ConfigMap" } } : {}),
    matchConstraints: {
      resourceRules: [{ apiGroups: [apiGroup], apiVersions: ["v1"], operations, resources }],
    },
    ...(conditions.length > 0 ? { matchConditions: conditions } : {}),
    variables: byList ? [list, ...variables] : variables,
    // A preview meets a list that is still the old one. What is forbidden, a dry run does not hold against the edit, as it
    // does what is invalid: the update writes the list first.
    validations: rule.validations.map((one) => ({ ...one, reason: "Forbidden" })),
  };
}
