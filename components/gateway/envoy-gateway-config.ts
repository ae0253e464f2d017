import { containerResources } from "../foundation/requests.ts";

export const controllerName = "gateway.envoyproxy.io/gatewayclass-controller";

/** Name of the GatewayClass that the `cluster` stack makes. */
export const bundledClass = "isotherm";

export type GatewayServiceType = "ClusterIP" | "NodePort" | "LoadBalancer";

/** Of each proxy pod: Envoy itself and its shutdown manager, in thousandths of a core. */
export const proxyCpu = 50 + 10;

/** The controller's own configuration. */
export function controllerConfig(
  gatewayImage: string,
  envoyImage: string,
): Record<string, unknown> {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyGateway",
    gateway: { controllerName },
    logging: { level: { default: "info" } },
    provider: {
      type: "Kubernetes",
      kubernetes: {
        // One replica has nobody to elect.
        leaderElection: { disable: true },
        // Its default is a tag that moves.
        shutdownManager: { image: gatewayImage },
      },
    },
    envoyProxy: {
      provider: {
        type: "Kubernetes",
        kubernetes: { envoyDeployment: { container: { image: envoyImage } } },
      },
    },
  };
}

/** How the proxies of the class run. */
export function proxySpec(
  envoyImage: string,
  service: GatewayServiceType,
): Record<string, unknown> {
  return {
    concurrency: 2,
    logging: { level: { default: "warn" } },
    provider: {
      type: "Kubernetes",
      kubernetes: {
        envoyService: { type: service },
        envoyDeployment: {
          replicas: 1,
          container: { image: envoyImage, resources: containerResources("50m", "64Mi", "256Mi") },
        },
      },
    },
  };
}

/** How the proxies treat the servers of a model, of which one may be down before anybody has heard of it. */
export const backendTraffic = {
  // Another server is asked where one could not take a request at all; what it may have begun to answer is not asked again.
  retry: {
    numRetries: 5,
    retryOn: { triggers: ["connect-failure", "refused-stream", "reset-before-request"] },
    perRetry: { backOff: { baseInterval: "10ms", maxInterval: "100ms" } },
  },
  // The address of a pod that is gone does not refuse a connection, it is silent.
  timeout: { tcp: { connectTimeout: "1s" } },
  healthCheck: {
    // A server that could not be reached is left alone. Without it they prefer the dead one, which has the fewest requests,
    // for each retry too. What servers answer does not count: a canary that fails is to be seen failing.
    passive: {
      splitExternalLocalOriginErrors: true,
      consecutiveLocalOriginFailures: 1,
      consecutive5XxErrors: 0,
      interval: "1s",
      baseEjectionTime: "1s",
      // At most half of the servers, so that the last one is always asked.
      maxEjectionPercent: 50,
    },
  },
} as const;
