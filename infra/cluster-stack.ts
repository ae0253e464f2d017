import type * as pulumi from "@pulumi/pulumi";
import { EnvoyGateway } from "../components/gateway/envoy-gateway.ts";
import { GatewayKinds } from "../components/gateway/gateway-kinds.ts";
import type { clusterRoles } from "./images.ts";
import type { ClusterConfig } from "./schema.ts";
import type { Target } from "./targets/target.ts";

type ClusterRole = (typeof clusterRoles)[number];

export interface ClusterOutputs {
  gatewayClass: pulumi.Output<string>;
  /** CPU requested by all that this stack keeps running, in cores. */
  requestedCpu: number;
}

/** What a cluster has once, whatever environments it carries. */
export function declareCluster(config: ClusterConfig, target: Target<ClusterRole>): ClusterOutputs {
  const opts = { provider: target.provider };
  const kinds = new GatewayKinds("gateway-kinds", { definitions: target.crds() }, opts);
  const gateway = new EnvoyGateway(
    "envoy-gateway",
    { className: "isotherm", images: target.images, service: config.gateway.service },
    { ...opts, dependsOn: [kinds] },
  );
  return { gatewayClass: gateway.className, requestedCpu: gateway.cpu / 1_000 };
}
