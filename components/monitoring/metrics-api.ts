/** The part of the API that says how much CPU and memory pods use; a cluster has one that serves it. */
export const metricsApi = {
  group: "metrics.k8s.io",
  version: "v1beta1",
  /** Of the APIService. */
  name: "v1beta1.metrics.k8s.io",
} as const;

/** Labels by which the APIService of ours is told from another's. */
export const ownMetricsLabels = {
  "app.kubernetes.io/name": "metrics-server",
  "app.kubernetes.io/part-of": "isotherm",
} as const;
