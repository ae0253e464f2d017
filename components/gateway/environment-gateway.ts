import * as pulumi from "@pulumi/pulumi";
import { objectLabels } from "../foundation/labels.ts";
import { Gateway } from "./kinds.ts";

export interface EnvironmentGatewayArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  /** GatewayClass that the cluster offers. */
  gatewayClass: string;
}

/** The door of an environment: HTTP on port 80, routes of its own namespace only. */
export class EnvironmentGateway extends pulumi.ComponentResource {
  /** Name of the Gateway, for routes. */
  public readonly gateway: pulumi.Output<string>;
  /** Host name or address, as the controller reported it. */
  public readonly address: pulumi.Output<string>;

  constructor(name: string, args: EnvironmentGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:gateway:EnvironmentGateway", name, {}, opts);
    const { environment, namespace, gatewayClass } = args;
    const labels = objectLabels({
      name: "gateway",
      instance: "gateway",
      component: "gateway",
      environment,
    });
    const gateway = new Gateway(
      name,
      {
        metadata: {
          name: "gateway",
          namespace,
          labels,
          annotations: { "pulumi.com/waitFor": "condition=Programmed" },
        },
        spec: {
          gatewayClassName: gatewayClass,
          listeners: [
            {
              name: "http",
              protocol: "HTTP",
              port: 80,
              allowedRoutes: { namespaces: { from: "Same" } },
            },
          ],
        },
      },
      { parent: this },
    );
    this.gateway = gateway.metadata.apply((metadata) => metadata?.name ?? "gateway");
    this.address = gateway.status.apply((status) => {
      const address = status?.addresses?.[0]?.value;
      if (address === undefined) {
        throw new pulumi.ResourceError(
          "the gateway has no address yet: try again, or `pulumi refresh` first",
          this,
          true,
        );
      }
      return address;
    });
    this.registerOutputs({ gateway: this.gateway, address: this.address });
  }
}
