import { join } from "node:path";
import { nodePaths, type NodeConfig } from "./node-config.ts";
import type { PartName } from "./types.ts";

/** How to ask a part whether it is well. */
export type Probe =
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "socket"; readonly path: string };

/** One process of the node. */
export interface Part {
  readonly name: PartName;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Parts that must be well before this one is started. */
  readonly after: readonly PartName[];
  readonly probe: Probe;
}

/** The processes of the node in starting order. */
export function nodeParts(config: NodeConfig): Part[] {
  const { etc, containerdSocket } = nodePaths(config);
  const { tools } = config;
  const kube = (
    name: PartName,
    flags: Readonly<Record<string, string>>,
    rest: Pick<Part, "after" | "probe"> & Partial<Part>,
  ): Part => ({
    name,
    command: tools.kube,
    args: [name, ...toFlags(flags)],
    env: {},
    ...rest,
  });
  return [
    {
      name: "etcd",
      command: tools.etcd,
      args: toFlags(etcdFlags(config)),
      env: {},
      after: [],
      probe: { kind: "http", url: "http://127.0.0.1:2381/health" },
    },
    {
      name: "containerd",
      command: tools.containerd,
      args: ["--config", join(etc, "containerd.toml")],
      env: {},
      after: [],
      probe: { kind: "socket", path: containerdSocket },
    },
    kube("kube-apiserver", apiServerFlags(config), {
      after: ["etcd"],
      probe: { kind: "http", url: `${config.addresses.apiServer}/readyz` },
      // A soft limit: the collector works harder near it instead of letting the heap double between runs.
      env: { GOMEMLIMIT: "600MiB", GOGC: "60" },
    }),
    kube("kube-controller-manager", controllerManagerFlags(config), {
      after: ["kube-apiserver"],
      probe: { kind: "http", url: "https://127.0.0.1:10257/healthz" },
    }),
    kube("kube-scheduler", schedulerFlags(config), {
      after: ["kube-apiserver"],
      probe: { kind: "http", url: "https://127.0.0.1:10259/healthz" },
    }),
    kube("kubelet", kubeletFlags(config), {
      after: ["containerd", "kube-apiserver"],
      probe: { kind: "http", url: "http://127.0.0.1:10248/healthz" },
    }),
    kube(
      "kube-proxy",
      { config: join(etc, "kube-proxy.yaml") },
      {
        after: ["kube-apiserver"],
        probe: { kind: "http", url: "http://127.0.0.1:10256/livez" },
      },
    ),
  ];
}

function etcdFlags(config: NodeConfig): Record<string, string> {
  const pki = nodePaths(config).pki;
  return {
    name: config.nodeName,
    "data-dir": join(config.data, "etcd"),
    "listen-client-urls": "https://127.0.0.1:2379",
    "advertise-client-urls": "https://127.0.0.1:2379",
    "listen-peer-urls": "https://127.0.0.1:2380",
    "initial-advertise-peer-urls": "https://127.0.0.1:2380",
    "initial-cluster": `${config.nodeName}=https://127.0.0.1:2380`,
    "listen-metrics-urls": "http://127.0.0.1:2381",
    "client-cert-auth": "true",
    "cert-file": join(pki, "etcd-server.crt"),
    "key-file": join(pki, "etcd-server.key"),
    "trusted-ca-file": join(pki, "etcd-ca.crt"),
    "peer-client-cert-auth": "true",
    "peer-cert-file": join(pki, "etcd-server.crt"),
    "peer-key-file": join(pki, "etcd-server.key"),
    "peer-trusted-ca-file": join(pki, "etcd-ca.crt"),
    // Fewer entries between snapshots hold less of the log in memory.
    "snapshot-count": "5000",
    logger: "zap",
    "log-level": "warn",
  };
}

function apiServerFlags(config: NodeConfig): Record<string, string> {
  const pki = nodePaths(config).pki;
  const { addresses } = config;
  return {
    "advertise-address": addresses.nodeAddress,
    "bind-address": addresses.nodeAddress,
    "secure-port": "6443",
    "service-cluster-ip-range": addresses.serviceSubnet,
    "allow-privileged": "true",
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "client-ca-file": join(pki, "ca.crt"),
    "tls-cert-file": join(pki, "apiserver.crt"),
    "tls-private-key-file": join(pki, "apiserver.key"),
    "etcd-servers": "https://127.0.0.1:2379",
    "etcd-cafile": join(pki, "etcd-ca.crt"),
    "etcd-certfile": join(pki, "apiserver-etcd-client.crt"),
    "etcd-keyfile": join(pki, "apiserver-etcd-client.key"),
    "kubelet-client-certificate": join(pki, "apiserver-kubelet-client.crt"),
    "kubelet-client-key": join(pki, "apiserver-kubelet-client.key"),
    "kubelet-certificate-authority": join(pki, "ca.crt"),
    // Node names are in no DNS that the API server could ask.
    "kubelet-preferred-address-types": "InternalIP",
    "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
    "service-account-key-file": join(pki, "sa.pub"),
    "service-account-signing-key-file": join(pki, "sa.key"),
    // The aggregation layer, for metrics-server and the like.
    "requestheader-client-ca-file": join(pki, "front-proxy-ca.crt"),
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-username-headers": "X-Remote-User",
    "proxy-client-cert-file": join(pki, "front-proxy-client.crt"),
    "proxy-client-key-file": join(pki, "front-proxy-client.key"),
    // Nothing in the node's namespace leads to a Service's address: the API server calls the pods behind it.
    "enable-aggregator-routing": "true",
    profiling: "false",
  };
}

function controllerManagerFlags(config: NodeConfig): Record<string, string> {
  const { etc, pki } = nodePaths(config);
  return {
    kubeconfig: join(etc, "kube-controller-manager.kubeconfig"),
    "authentication-kubeconfig": join(etc, "kube-controller-manager.kubeconfig"),
    "authorization-kubeconfig": join(etc, "kube-controller-manager.kubeconfig"),
    "bind-address": "127.0.0.1",
    "tls-cert-file": join(pki, "loopback-serving.crt"),
    "tls-private-key-file": join(pki, "loopback-serving.key"),
    "client-ca-file": join(pki, "ca.crt"),
    "requestheader-client-ca-file": join(pki, "front-proxy-ca.crt"),
    "root-ca-file": join(pki, "ca.crt"),
    "cluster-signing-cert-file": join(pki, "ca.crt"),
    "cluster-signing-key-file": join(pki, "ca.key"),
    "service-account-private-key-file": join(pki, "sa.key"),
    "use-service-account-credentials": "true",
    "cluster-name": "isotherm",
    "leader-elect": "false",
    profiling: "false",
  };
}

function schedulerFlags(config: NodeConfig): Record<string, string> {
  const { etc, pki } = nodePaths(config);
  return {
    kubeconfig: join(etc, "kube-scheduler.kubeconfig"),
    "authentication-kubeconfig": join(etc, "kube-scheduler.kubeconfig"),
    "authorization-kubeconfig": join(etc, "kube-scheduler.kubeconfig"),
    "bind-address": "127.0.0.1",
    "tls-cert-file": join(pki, "loopback-serving.crt"),
    "tls-private-key-file": join(pki, "loopback-serving.key"),
    "leader-elect": "false",
    profiling: "false",
  };
}

function kubeletFlags(config: NodeConfig): Record<string, string> {
  const { etc } = nodePaths(config);
  return {
    config: join(etc, "kubelet.yaml"),
    kubeconfig: join(etc, "kubelet.kubeconfig"),
    "root-dir": join(config.data, "kubelet"),
    "node-ip": config.addresses.nodeAddress,
    "hostname-override": config.nodeName,
  };
}

function toFlags(flags: Readonly<Record<string, string>>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}
