import { expect, test } from "vitest";
import { sinkEgress } from "./sink-egress.ts";

const namespace = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});
const block = (cidr: string) => ({ ipBlock: { cidr } });
const tcp = (port: number) => [{ protocol: "TCP", port }];

test.each([
  ["http://sink/events", { to: [{ podSelector: {} }] }],
  ["http://sink.eventing.svc:8080/", { to: [namespace("eventing")] }],
  ["http://sink.eventing.svc.cluster.local/", { to: [namespace("eventing")] }],
  ["http://192.0.2.7:9000/", { to: [block("192.0.2.7/32")], ports: tcp(9000) }],
  ["https://192.0.2.7/", { to: [block("192.0.2.7/32")], ports: tcp(443) }],
  ["https://events.example.org/in", { to: [block("0.0.0.0/0"), block("::/0")], ports: tcp(443) }],
  ["http://events.example.org/in", { to: [block("0.0.0.0/0"), block("::/0")], ports: tcp(80) }],
])("the way to %s is as narrow as a network policy can say it", (url, rule) => {
  expect(sinkEgress(url)).toEqual(rule);
});
