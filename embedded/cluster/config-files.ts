import { join } from "node:path";
import { stringify } from "yaml";
import { cgroupName, nodePaths, type NodeConfig } from "./node-config.ts";
import { contextName } from "./types.ts";

/** A configuration file of the node: path and text. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** containerd, CNI, kubelet and kube-proxy configuration, and a kubeconfig for each part. */
export function configFiles(config: NodeConfig): ConfigFile[] {
  const { etc } = nodePaths(config);
  const parts = ["kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"] as const;
  return [
    { path: join(etc, "containerd.toml"), text: containerdToml(config) },
    { path: join(etc, "cni", "10-isotherm.conflist"), text: cniConflist(config) },
    { path: join(etc, "kubelet.yaml"), text: stringify(kubeletConfiguration(config)) },
    { path: join(etc, "kube-proxy.yaml"), text: stringify(kubeProxyConfiguration(config)) },
    ...parts.map((part) => ({
      path: join(etc, `${part}.kubeconfig`),
      text: kubeconfigOfPart(config, part),
    })),
  ];
}

export function containerdToml(config: NodeConfig): string {
  const { containerdSocket, etc } = nodePaths(config);
  const text = (value: string) => JSON.stringify(value);
  return `version = 2
root = ${text(join(config.data, "containerd"))}
state = "/run/containerd"
# The "opt" plugin would make /opt/containerd on the machine; nobody uses the other snapshotters.
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
  address = ${text(containerdSocket)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(config.tools.images.pause.reference)}
  # Lowering oom_score_adj needs CAP_SYS_RESOURCE, which containers and small machines often lack.
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  stream_server_address = "127.0.0.1"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(config.tools.cniBin)}
    conf_dir = ${text(join(etc, "cni"))}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = ${text(config.tools.runc)}
        SystemdCgroup = false
`;
}

export function cniConflist({ addresses }: NodeConfig): string {
  return JSON.stringify(
    {
      cniVersion: "0.4.0",
      name: "isotherm",
      plugins: [
        {
          type: "bridge",
          bridge: "cni0",
          isGateway: true,
          hairpinMode: true,
          // Pods are routed, not translated: the host has a route to them, and there is no way further out.
          ipMasq: false,
          ipam: {
            type: "host-local",
            dataDir: "/run/cni-addresses",
            ranges: [[{ subnet: addresses.podSubnet, gateway: addresses.podGateway }]],
            routes: [{ dst: "0.0.0.0/0" }],
          },
        },
        { type: "portmap", capabilities: { portMappings: true } },
      ],
    },
    null,
    2,
  );
}

export function kubeletConfiguration(config: NodeConfig): Record<string, unknown> {
  const { pki, containerdSocket } = nodePaths(config);
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: config.addresses.nodeAddress,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(pki, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: join(pki, "kubelet-serving.crt"),
    tlsPrivateKeyFile: join(pki, "kubelet-serving.key"),
    healthzBindAddress: "127.0.0.1",
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroupName(config.index)}`,
    failSwapOn: false,
    failCgroupV1: false,
    clusterDomain: "cluster.local",
    clusterDNS: [config.addresses.dnsAddress],
    // Pods get no name server of the machine: nothing outside can be reached from here.
    resolvConf: "",
    podLogsDir: join(config.data, "log", "pods"),
    volumePluginDir: join(config.data, "kubelet", "volume-plugins"),
    // No registry can bring a deleted image back, so images are never collected.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      "memory.available": "100Mi",
      "nodefs.available": "1%",
      "imagefs.available": "1%",
      "nodefs.inodesFree": "1%",
    },
    serializeImagePulls: false,
    // A changed ConfigMap or Secret reaches its pods after 5 to 8 s instead of over a minute. Measured price: about
    // 0.05 s of processor time a minute and pod.
    syncFrequency: "5s",
    shutdownGracePeriod: "0s",
    enableDebuggingHandlers: true,
    maxOpenFiles: config.openFiles,
    oomScoreAdj: 0,
  };
}

export function kubeProxyConfiguration(config: NodeConfig): Record<string, unknown> {
  const { etc } = nodePaths(config);
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    bindAddress: config.addresses.nodeAddress,
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    hostnameOverride: config.nodeName,
    clusterCIDR: config.addresses.podSubnet,
    clientConnection: { kubeconfig: join(etc, "kube-proxy.kubeconfig") },
    // Conntrack limits belong to the machine, not to a network namespace: zero leaves them alone.
    conntrack: {
      maxPerCore: 0,
      min: 0,
      tcpEstablishedTimeout: "0s",
      tcpCloseWaitTimeout: "0s",
    },
    nftables: { syncPeriod: "30s", minSyncPeriod: "200ms" },
    oomScoreAdj: 0,
  };
}

function kubeconfigOfPart(config: NodeConfig, part: string): string {
  const { pki } = nodePaths(config);
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "isotherm",
        cluster: {
          server: config.addresses.apiServer,
          "certificate-authority": join(pki, "ca.crt"),
        },
      },
    ],
    users: [
      {
        name: part,
        user: {
          "client-certificate": join(pki, `${part}.crt`),
          "client-key": join(pki, `${part}.key`),
        },
      },
    ],
    contexts: [{ name: "isotherm", context: { cluster: "isotherm", user: part } }],
    "current-context": "isotherm",
  });
}

/** The user's kubeconfig: everything inline, cluster administrator. */
export function adminKubeconfig(
  server: string,
  pem: { readonly authority: string; readonly certificate: string; readonly key: string },
): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: contextName,
        cluster: { server, "certificate-authority-data": base64(pem.authority) },
      },
    ],
    users: [
      {
        name: contextName,
        user: {
          "client-certificate-data": base64(pem.certificate),
          "client-key-data": base64(pem.key),
        },
      },
    ],
    contexts: [{ name: contextName, context: { cluster: contextName, user: contextName } }],
    "current-context": contextName,
  });
}
