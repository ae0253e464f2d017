import type { input } from "@pulumi/kubernetes/types/index.js";

type EgressRule = input.networking.v1.NetworkPolicyEgressRule;

/**
 * The way out to a sink of events, as narrow as a network policy can say it, which knows no host names:
 * - `sink` and `sink.<namespace>.svc`: the pods of that namespace. Not only on the URL's port, because rules see the
 *   port of the pod, which the Service's need not be.
 * - an IPv4 address: that address, on the URL's port
 * - any other host: every address, on the URL's port
 * @param url http or https
 */
export function sinkEgress(url: string): EgressRule {
  const { hostname, port, protocol } = new URL(url);
  const ports = [{ protocol: "TCP", port: Number(port) || (protocol === "https:" ? 443 : 80) }];
  if (!hostname.includes(".") && !hostname.includes(":")) return { to: [{ podSelector: {} }] };
  const namespace = /^[^.]+\.([^.]+)\.svc(\.cluster\.local)?\.?$/.exec(hostname)?.[1];
  if (namespace !== undefined) {
    const matchLabels = { "kubernetes.io/metadata.name": namespace };
    return { to: [{ namespaceSelector: { matchLabels } }] };
  }
  const isAddress = /^[0-9.]+$/.test(hostname);
  const blocks = isAddress ? [`${hostname}/32`] : ["0.0.0.0/0", "::/0"];
  return { to: blocks.map((cidr) => ({ ipBlock: { cidr } })), ports };
}
