import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import type { input } from "@pulumi/kubernetes/types/index.js";
import * as pulumi from "@pulumi/pulumi";

type Rule = input.rbac.v1.PolicyRule;

export interface ServiceRoleArgs {
  /** Name of the service account, and of its roles. */
  account: string;
  namespace: pulumi.Input<string>;
  labels: Record<string, string>;
  /** What it may do in its own namespace. */
  rules: Rule[];
  /** What it may do in the whole cluster. @default nothing */
  clusterRules?: Rule[];
}

/** A service account and all that it may do. Pods that need its token ask for it themselves. */
export class ServiceRole extends pulumi.ComponentResource {
  /** Name of the service account. */
  public readonly account: pulumi.Output<string>;

  constructor(name: string, args: ServiceRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    // It was the gateway's alone once: without the alias, everything in it would be replaced.
    const aliases = [{ type: "isotherm:gateway:ServiceRole" }];
    super("isotherm:foundation:ServiceRole", name, {}, pulumi.mergeOptions(opts, { aliases }));
    const parent = { parent: this };
    const { account, namespace, labels } = args;
    const metadata = { name: account, namespace, labels };
    const serviceAccount = new ServiceAccount(
      name,
      { metadata, automountServiceAccountToken: false },
      parent,
    );
    const subjects = [{ kind: "ServiceAccount", name: account, namespace }];

    const role = new Role(name, { metadata, rules: args.rules }, parent);
    const apiGroup = "rbac.authorization.k8s.io";
    new RoleBinding(
      name,
      { metadata, roleRef: { apiGroup, kind: "Role", name: role.metadata.name }, subjects },
      parent,
    );
    if (args.clusterRules !== undefined) {
      const clusterMetadata = { name: `isotherm:${account}`, labels };
      const clusterRole = new ClusterRole(
        name,
        { metadata: clusterMetadata, rules: args.clusterRules },
        parent,
      );
      new ClusterRoleBinding(
        name,
        {
          metadata: clusterMetadata,
          roleRef: { apiGroup, kind: "ClusterRole", name: clusterRole.metadata.name },
          subjects,
        },
        parent,
      );
    }
    this.account = serviceAccount.metadata.name;
    this.registerOutputs({ account: this.account });
  }
}
