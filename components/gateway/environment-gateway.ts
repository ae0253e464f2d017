import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../contracts/names.ts";
import { objectLabels } from "../foundation/labels.ts";
import { backendTraffic, bundledClass } from "./envoy-gateway-config.ts";
import { BackendTrafficPolicy, Gateway } from "./kinds.ts";

/**
 * The gateway's listeners, by name. Those of HTTP and of gRPC are two: the Gateway API lets no listener carry routes of
 * both kinds for the same hosts.
 */
export const listeners = {
  http: { name: "http", port: 80 },
  grpc: { name: "grpc", port: ports.grpc },
} as const;

export interface EnvironmentGatewayArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  /** GatewayClass that the cluster offers. Plain, because it decides whether the proxies are told when to ask again. */
  gatewayClass: string;
}

/** The door of an environment: HTTP on port 80, gRPC on port 8081 (plain HTTP/2), routes of its own namespace only. */
export class EnvironmentGateway extends pulumi.ComponentResource {
  /** Name of the Gateway, for routes. */
  public readonly gateway: pulumi.Output<string>;
  /** Host name or address, as the controller reported it. */
  public readonly address: pulumi.Output<string>;
  /** Where gRPC is spoken: address and port. */
  public readonly grpc: pulumi.Output<string>;

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
          listeners: Object.values(listeners).map((listener) => ({
            ...listener,
            protocol: "HTTP" as const,
            allowedRoutes: { namespaces: { from: "Same" as const } },
          })),
        },
      },
      { parent: this },
    );
    this.gateway = gateway.metadata.apply((metadata) => metadata?.name ?? "gateway");
    // A policy of Envoy Gateway's own: the Gateway API has none of this that is out of its experiments.
    if (gatewayClass === bundledClass) {
      new BackendTrafficPolicy(
        `${name}-traffic`,
        {
          metadata: { name: "gateway", namespace, labels },
          spec: {
            targetRefs: [
              { group: "gateway.networking.k8s.io", kind: "Gateway", name: this.gateway },
            ],
            ...backendTraffic,
          },
        },
        { parent: this },
      );
    }
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
    this.grpc = pulumi.interpolate`${this.address}:${listeners.grpc.port}`;
    this.registerOutputs({ gateway: this.gateway, address: this.address, grpc: this.grpc });
  }
}
