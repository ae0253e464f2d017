import type { NodeConfig } from "./node-config.ts";
import { addressPlan, parseBases } from "./addresses.ts";

/** A node for tests that render its configuration. */
export function exampleNode(changes: Partial<NodeConfig> = {}): NodeConfig {
  const image = (role: string) => ({
    reference: `localhost/isotherm/${role}:1`,
    archive: `/cache/${role}.tar`,
  });
  return {
    index: 3,
    nodeName: "isotherm-3",
    addresses: addressPlan(3, parseBases(undefined)),
    tools: {
      kube: "/cache/kube/kube",
      etcd: "/cache/debian/usr/bin/etcd",
      containerd: "/cache/debian/usr/bin/containerd",
      ctr: "/cache/debian/usr/bin/ctr",
      runc: "/cache/debian/usr/sbin/runc",
      cniBin: "/cache/debian/usr/lib/cni",
      images: {
        pause: image("pause"),
        busybox: image("busybox"),
        coredns: image("coredns"),
        localPath: image("local-path"),
      },
    },
    run: "/run/isotherm/3",
    data: "/var/lib/isotherm/3",
    logs: "/home/user/isotherm/.isotherm/logs/cluster",
    home: "/home/user/isotherm/.isotherm",
    checkout: "/home/user/isotherm",
    path: "/cache/debian/usr/bin:/usr/sbin:/usr/bin",
    openFiles: 20_000,
    ...changes,
  };
}
