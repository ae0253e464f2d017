import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js";
import type { input } from "@pulumi/kubernetes/types/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface GatewayKindsArgs {
  /** The definitions, as their authors ship them. Plain, because they decide how many resources there are. */
  definitions: readonly {
    metadata: { name: string; annotations?: Record<string, string> };
    spec: Record<string, unknown>;
  }[];
}

/** The custom resource definitions of the Gateway API and of Envoy Gateway; each is waited for. */
export class GatewayKinds extends pulumi.ComponentResource {
  constructor(name: string, args: GatewayKindsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:gateway:GatewayKinds", name, {}, opts);
    for (const { metadata, spec } of args.definitions) {
      // Their schemas are too deep for the SDK's types to say more than this.
      const typed = spec as unknown as input.apiextensions.v1.CustomResourceDefinitionSpec;
      new CustomResourceDefinition(metadata.name, { metadata, spec: typed }, { parent: this });
    }
    this.registerOutputs({});
  }
}
