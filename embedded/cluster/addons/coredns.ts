import type { KubernetesObject } from "@kubernetes/client-node";
import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1Deployment,
  V1Service,
  V1ServiceAccount,
} from "@kubernetes/client-node";
import { labelsOf, restrictedContainer, restrictedPod } from "./common.ts";

const name = "coredns";
const namespace = "kube-system";

// Each block needs its braces on lines of their own. Names outside the cluster are answered "no such name" at once:
// there is no name server to ask, and a resolver that waits for one stalls its program.
const corefile = `cluster.local:1053 in-addr.arpa:1053 ip6.arpa:1053 {
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    loadbalance
    prometheus :9153
}
.:1053 {
    errors
    health :8080 {
        lameduck 2s
    }
    ready :8181
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`;

/** Cluster DNS at `address`, from a local image. */
export function corednsObjects(address: string, image: string): KubernetesObject[] {
  const labels = labelsOf(name, "dns");
  const selector = { "k8s-app": "kube-dns" };
  const serviceAccount: V1ServiceAccount = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace, labels },
  };
  const role: V1ClusterRole = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "system:coredns", labels },
    rules: [
      {
        apiGroups: [""],
        resources: ["endpoints", "services", "pods", "namespaces"],
        verbs: ["list", "watch"],
      },
      {
        apiGroups: ["discovery.k8s.io"],
        resources: ["endpointslices"],
        verbs: ["list", "watch"],
      },
    ],
  };
  const binding: V1ClusterRoleBinding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "system:coredns", labels },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  };
  const configuration: V1ConfigMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, labels },
    data: { Corefile: corefile },
  };
  const deployment: V1Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: { ...labels, ...selector } },
        spec: {
          ...restrictedPod,
          serviceAccountName: name,
          priorityClassName: "system-cluster-critical",
          dnsPolicy: "Default",
          containers: [
            {
              name,
              image,
              imagePullPolicy: "IfNotPresent",
              args: ["-conf", "/etc/coredns/Corefile"],
              ports: [
                { name: "dns", containerPort: 1053, protocol: "UDP" },
                { name: "dns-tcp", containerPort: 1053, protocol: "TCP" },
                { name: "metrics", containerPort: 9153, protocol: "TCP" },
              ],
              resources: { requests: { cpu: "10m", memory: "24Mi" }, limits: { memory: "128Mi" } },
              readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
              livenessProbe: {
                httpGet: { path: "/health", port: 8080 },
                initialDelaySeconds: 30,
                timeoutSeconds: 5,
                failureThreshold: 5,
              },
              securityContext: restrictedContainer,
              volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
            },
          ],
          volumes: [{ name: "config", configMap: { name } }],
        },
      },
    },
  };
  const service: V1Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-dns", namespace, labels: { ...labels, ...selector } },
    spec: {
      clusterIP: address,
      selector,
      ports: [
        { name: "dns", port: 53, targetPort: "dns", protocol: "UDP" },
        { name: "dns-tcp", port: 53, targetPort: "dns-tcp", protocol: "TCP" },
        { name: "metrics", port: 9153, targetPort: "metrics", protocol: "TCP" },
      ],
    },
  };
  return [serviceAccount, role, binding, configuration, deployment, service];
}
