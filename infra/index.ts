import * as pulumi from "@pulumi/pulumi";
import { namespaceOf } from "../components/foundation/environment-namespace.ts";
import { declareCluster } from "./cluster-stack.ts";
import { readConfig } from "./config.ts";
import { declareEnvironment } from "./environment-stack.ts";
import { gatewayFeatures, hasAutoscaler } from "./cluster-needs.ts";
import { clusterRoles, environmentRoles } from "./images.ts";
import type { ClusterConfig, EnvironmentConfig } from "./schema.ts";
import { clusterTarget } from "./targets/cluster.ts";

function clusterStack(config: ClusterConfig) {
  return declareCluster(config, clusterTarget(config.target, clusterRoles, config.images));
}

async function environmentStack(config: EnvironmentConfig) {
  const target = clusterTarget(config.target, environmentRoles, config.images);
  await target.requireGatewayClass(config.gateway.class, gatewayFeatures(config.models));
  if (hasAutoscaler(config.models)) await target.requireMetrics();
  const environment = pulumi.getStack();
  const live = await target.readLive(namespaceOf(environment));
  const say = (text: string) => void pulumi.log.info(text);
  return declareEnvironment(config, target, { environment, live, say });
}

/** What Pulumi runs; what it returns are the stack's outputs. */
async function program() {
  const config = readConfig();
  return config.role === "cluster" ? clusterStack(config) : environmentStack(config);
}

export { program as default };
