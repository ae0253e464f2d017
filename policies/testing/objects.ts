import type { Asked } from "./ask.ts";

const types = {
  Deployment: "kubernetes:apps/v1:Deployment",
  StatefulSet: "kubernetes:apps/v1:StatefulSet",
  Pod: "kubernetes:core/v1:Pod",
  Service: "kubernetes:core/v1:Service",
  ConfigMap: "kubernetes:core/v1:ConfigMap",
  Namespace: "kubernetes:core/v1:Namespace",
  PersistentVolumeClaim: "kubernetes:core/v1:PersistentVolumeClaim",
  Job: "kubernetes:batch/v1:Job",
  CronJob: "kubernetes:batch/v1:CronJob",
  HorizontalPodAutoscaler: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  PodDisruptionBudget: "kubernetes:policy/v1:PodDisruptionBudget",
  Ingress: "kubernetes:networking.k8s.io/v1:Ingress",
  HTTPRoute: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
  GRPCRoute: "kubernetes:gateway.networking.k8s.io/v1:GRPCRoute",
  SecurityPolicy: "kubernetes:gateway.envoyproxy.io/v1alpha1:SecurityPolicy",
} as const;

/** An object of a kind in the environment's namespace. */
export function object(kind: keyof typeof types, name: string, rest: object = {}): Asked {
  const { metadata = {}, ...props } = rest as { metadata?: object };
  return {
    type: types[kind],
    name,
    props: { metadata: { name, namespace: "isotherm-prod", ...metadata }, ...props },
  };
}

/** The specification of a workload that runs one container. */
export function running(container: object, pod: object = {}, labels: object = {}) {
  return {
    template: {
      metadata: { labels },
      spec: { ...pod, containers: [{ name: "server", ...container }] },
    },
  };
}
