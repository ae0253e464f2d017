import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { keys } from "../../contracts/names.ts";
import { namespaceOf } from "./namespace-of.ts";
import { networkPolicies, type Flow } from "./network-flows.ts";

export interface EnvironmentNamespaceArgs {
  /** Name of the environment; the namespace is `isotherm-<environment>`. */
  environment: string;
  /** Who may talk to whom; everything else is refused. Plain, because it decides which policies there are. */
  flows: readonly Flow[];
}

/** The namespace of an environment: Pod Security "restricted", and no traffic but what is declared. */
export class EnvironmentNamespace extends pulumi.ComponentResource {
  /** Name of the namespace, known once it and its rules are there. */
  public readonly namespace: pulumi.Output<string>;

  constructor(
    name: string,
    args: EnvironmentNamespaceArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("isotherm:foundation:EnvironmentNamespace", name, {}, opts);
    const labels = {
      "app.kubernetes.io/part-of": "isotherm",
      [keys.environment]: args.environment,
    };
    const namespace = new Namespace(
      name,
      {
        metadata: {
          name: namespaceOf(args.environment),
          labels: {
            ...labels,
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
          },
        },
      },
      { parent: this },
    );
    const policies = networkPolicies(args.flows).map(
      ({ name: policy, spec }) =>
        new NetworkPolicy(
          `${name}-${policy}`,
          { metadata: { name: policy, namespace: namespace.metadata.name, labels }, spec },
          { parent: this },
        ),
    );
    // Not the policies' ids, which no preview knows of a policy that is new: all that is in the namespace would then look
    // as if it were to be replaced.
    this.namespace = pulumi
      .all([namespace.metadata.name, pulumi.all(policies.map((policy) => policy.urn))])
      .apply(([resolved]) => resolved);
    this.registerOutputs({ namespace: this.namespace });
  }
}
