import type * as pulumi from "@pulumi/pulumi";
import { ReleaseAdmission } from "../components/admission/release-admission.ts";
import { EnvoyGateway } from "../components/gateway/envoy-gateway.ts";
import { bundledClass } from "../components/gateway/envoy-gateway-config.ts";
import { GatewayKinds } from "../components/gateway/gateway-kinds.ts";
import { MetricsServer } from "../components/monitoring/metrics-server.ts";
import { clusterRoles, metricsRoles } from "./images.ts";
import type { ClusterConfig } from "./schema.ts";
import type { Target } from "./targets/target.ts";

type ClusterRole = (typeof clusterRoles | typeof metricsRoles)[number];

export interface ClusterOutputs {
  gatewayClass: pulumi.Output<string>;
  /** CPU requested by all that this stack keeps running, in cores. */
  requestedCpu: number;
}

/** Roles of the images that a cluster with this config needs. */
export function clusterRolesOf({ metrics }: Pick<ClusterConfig, "metrics">): ClusterRole[] {
  return metrics.server === "install" ? [...clusterRoles, ...metricsRoles] : [...clusterRoles];
}

/** What a cluster has once, whatever environments it carries. */
export function declareCluster(config: ClusterConfig, target: Target<ClusterRole>): ClusterOutputs {
  const opts = { provider: target.provider };
  const kinds = new GatewayKinds("gateway-kinds", { definitions: target.crds() }, opts);
  const gateway = new EnvoyGateway(
    "envoy-gateway",
    { className: bundledClass, images: target.images, service: config.gateway.service },
    { ...opts, dependsOn: [kinds] },
  );
  // Its rules are about kinds of the gateway's.
  new ReleaseAdmission("release-admission", { ...opts, dependsOn: [kinds] });
  const { server, kubeletCertificates } = config.metrics;
  const metrics =
    server === "install"
      ? new MetricsServer(
          "metrics-server",
          { image: target.images["metrics-server"], kubeletCertificates },
          opts,
        )
      : undefined;
  return {
    gatewayClass: gateway.className,
    requestedCpu: (gateway.cpu + (metrics?.cpu ?? 0)) / 1_000,
  };
}
