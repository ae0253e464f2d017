import * as pulumi from "@pulumi/pulumi";
import { namespaceOf } from "../components/foundation/namespace-of.ts";
import { clusterRolesOf, declareCluster } from "./cluster-stack.ts";
import { readConfig } from "./config.ts";
import { declareEnvironment } from "./environment-stack.ts";
import { gatewayFeatures, hasAutoscaler } from "./cluster-needs.ts";
import { environmentRoles } from "./images.ts";
import type { ClusterConfig, EnvironmentConfig } from "./schema.ts";
import { clusterTarget } from "./targets/cluster.ts";

// Pulumi asks for a stack trace per resource, and its host looks each up in source maps, of which this program has none:
// its types are blanked in place.
delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;

async function clusterStack(config: ClusterConfig) {
  const target = clusterTarget(config.target, clusterRolesOf(config), config.images);
  if (config.metrics.server === "install") await target.requireNoOtherMetrics();
  return declareCluster(config, target);
}

const withoutAdmission =
  "the cluster does not hold kubectl to the releases that this environment approves: `pulumi up --stack cluster` makes it";

async function environmentStack(config: EnvironmentConfig) {
  const target = clusterTarget(config.target, environmentRoles, config.images);
  await target.requireGatewayClass(config.gateway.class, gatewayFeatures(config.models));
  if (hasAutoscaler(config.models)) await target.requireMetrics();
  const environment = pulumi.getStack();
  const [live, hasAdmission] = await Promise.all([
    target.readLive(namespaceOf(environment)),
    target.hasAdmission(),
  ]);
  const say = (text: string) => void pulumi.log.info(text);
  if (!hasAdmission) say(withoutAdmission);
  return declareEnvironment(config, target, { environment, live, say });
}

/** What Pulumi runs; what it returns are the stack's outputs. */
async function program() {
  const config = readConfig();
  return config.role === "cluster" ? clusterStack(config) : environmentStack(config);
}

export { program as default };
