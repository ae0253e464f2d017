import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import * as pulumi from "@pulumi/pulumi";

export interface MetricsServerRightsArgs {
  /** Name of the service account. */
  account: string;
  namespace: pulumi.Input<string>;
  labels: Record<string, string>;
}

const apiGroup = "rbac.authorization.k8s.io";
const read = ["get", "list", "watch"];

/** What metrics-server may do, and who may read what it measured. */
export class MetricsServerRights extends pulumi.ComponentResource {
  /** Name of the service account. */
  public readonly account: pulumi.Output<string>;

  constructor(name: string, args: MetricsServerRightsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:monitoring:MetricsServerRights", name, {}, opts);
    const parent = { parent: this };
    const { account, namespace, labels } = args;
    const serviceAccount = new ServiceAccount(
      name,
      { metadata: { name: account, namespace, labels }, automountServiceAccountToken: false },
      parent,
    );
    const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
    const metadata = { name: `isotherm:${account}`, labels };

    const scraper = new ClusterRole(
      name,
      {
        metadata,
        rules: [
          { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
          { apiGroups: [""], resources: ["pods", "nodes"], verbs: read },
        ],
      },
      parent,
    );
    new ClusterRoleBinding(
      name,
      {
        metadata,
        roleRef: { apiGroup, kind: "ClusterRole", name: scraper.metadata.name },
        subjects,
      },
      parent,
    );
    // Whoever may read pods may read how much they use.
    new ClusterRole(
      `${name}-readers`,
      {
        metadata: {
          name: `${metadata.name}-readers`,
          labels: {
            ...labels,
            ...Object.fromEntries(
              ["view", "edit", "admin"].map((role) => [
                `rbac.authorization.k8s.io/aggregate-to-${role}`,
                "true",
              ]),
            ),
          },
        },
        rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: read }],
      },
      parent,
    );
    // It asks the API server who calls it and whether that one may: it serves a part of the API itself.
    new ClusterRoleBinding(
      `${name}-delegator`,
      {
        metadata: { name: `${metadata.name}-delegator`, labels },
        roleRef: { apiGroup, kind: "ClusterRole", name: "system:auth-delegator" },
        subjects,
      },
      parent,
    );
    new RoleBinding(
      `${name}-authentication-reader`,
      {
        metadata: { name: `${account}-authentication-reader`, namespace: "kube-system", labels },
        roleRef: { apiGroup, kind: "Role", name: "extension-apiserver-authentication-reader" },
        subjects,
      },
      parent,
    );
    this.account = serviceAccount.metadata.name;
    this.registerOutputs({ account: this.account });
  }
}
