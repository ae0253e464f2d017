import type { input } from "@pulumi/kubernetes/types/index.js";
import { componentLabels } from "./labels.ts";

/** One kind of traffic that is allowed: from the pods of a component, or from a namespace, to a component's port. */
export interface Flow {
  from: string | { namespace: string };
  to: string;
  port: number;
}

export interface PolicyDeclaration {
  name: string;
  spec: input.networking.v1.NetworkPolicySpec;
}

const dns = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
];

/** Network policies that refuse everything but name resolution and the given flows: one a component, and a default. */
export function networkPolicies(flows: readonly Flow[]): PolicyDeclaration[] {
  const components = new Set(
    flows.flatMap(({ from, to }) => (typeof from === "string" ? [from, to] : [to])),
  );
  const byComponent = [...components].sort().map((component): PolicyDeclaration => {
    const ingress = flows.filter(({ to }) => to === component).map(ingressRule);
    const egress = flows.filter(({ from }) => from === component).map(egressRule);
    return {
      name: `allow-${component}`,
      spec: {
        podSelector: { matchLabels: componentLabels(component) },
        policyTypes: [
          ...(ingress.length > 0 ? ["Ingress"] : []),
          ...(egress.length > 0 ? ["Egress"] : []),
        ],
        ...(ingress.length > 0 ? { ingress } : {}),
        ...(egress.length > 0 ? { egress } : {}),
      },
    };
  });
  return [
    { name: "default-deny", spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } },
    {
      name: "allow-dns",
      spec: {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [{ to: [{ namespaceSelector: namespaceNamed("kube-system") }], ports: dns }],
      },
    },
    ...byComponent,
  ];
}

function ingressRule({ from, port }: Flow) {
  const peer =
    typeof from === "string"
      ? { podSelector: { matchLabels: componentLabels(from) } }
      : { namespaceSelector: namespaceNamed(from.namespace) };
  return { from: [peer], ports: [{ protocol: "TCP", port }] };
}

function egressRule({ to, port }: Flow) {
  return {
    to: [{ podSelector: { matchLabels: componentLabels(to) } }],
    ports: [{ protocol: "TCP", port }],
  };
}

function namespaceNamed(name: string) {
  return { matchLabels: { "kubernetes.io/metadata.name": name } };
}
