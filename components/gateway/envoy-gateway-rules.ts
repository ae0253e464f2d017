import type { input } from "@pulumi/kubernetes/types/index.js";

type Rule = input.rbac.v1.PolicyRule;

const look = ["get", "list", "watch"];

const extensionKinds = [
  "envoyproxies",
  "envoypatchpolicies",
  "clienttrafficpolicies",
  "backendtrafficpolicies",
  "securitypolicies",
  "envoyextensionpolicies",
  "backends",
];
const routeKinds = [
  "gateways",
  "listenersets",
  "grpcroutes",
  "httproutes",
  "tcproutes",
  "tlsroutes",
  "udproutes",
  "backendtlspolicies",
];
const status = (kinds: readonly string[]) => kinds.map((kind) => `${kind}/status`);

/** What the controller reads in every namespace, and the statuses it writes there. */
export const controllerRules: Rule[] = [
  { apiGroups: [""], resources: ["nodes", "namespaces"], verbs: look },
  { apiGroups: [""], resources: ["configmaps", "secrets", "services"], verbs: look },
  { apiGroups: ["apps"], resources: ["deployments", "daemonsets"], verbs: look },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: look },
  { apiGroups: ["multicluster.x-k8s.io"], resources: ["serviceimports"], verbs: look },
  {
    apiGroups: ["gateway.envoyproxy.io"],
    resources: [...extensionKinds, "httproutefilters"],
    verbs: look,
  },
  { apiGroups: ["gateway.envoyproxy.io"], resources: status(extensionKinds), verbs: ["update"] },
  {
    apiGroups: ["gateway.networking.k8s.io"],
    resources: ["gatewayclasses"],
    verbs: [...look, "patch", "update"],
  },
  {
    apiGroups: ["gateway.networking.k8s.io"],
    resources: [...routeKinds, "referencegrants"],
    verbs: look,
  },
  {
    apiGroups: ["gateway.networking.k8s.io"],
    resources: [...status(routeKinds), "gatewayclasses/status"],
    verbs: ["update"],
  },
];

const manage = ["create", "get", "list", "delete", "deletecollection", "patch", "watch"];

/** What the controller makes in its own namespace: the proxies. */
export const infrastructureRules: Rule[] = [
  { apiGroups: [""], resources: ["serviceaccounts", "services", "configmaps"], verbs: manage },
  { apiGroups: ["apps"], resources: ["deployments", "daemonsets"], verbs: manage },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: manage },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: manage },
  { apiGroups: ["certificates.k8s.io"], resources: ["clustertrustbundles"], verbs: look },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
];

/** The Job that makes the certificates between controller and proxies. */
export const certificateRules: Rule[] = [
  { apiGroups: [""], resources: ["secrets"], verbs: ["get", "create", "update"] },
];
