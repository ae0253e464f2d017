import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  adminKubeconfig,
  cniConflist,
  configFiles,
  containerdToml,
  kubeProxyConfiguration,
  kubeletConfiguration,
} from "./config-files.ts";
import { exampleNode } from "./fixtures.ts";

const node = exampleNode();

describe("kubelet configuration", () => {
  const kubelet = kubeletConfiguration(node);

  it("never collects images, which no registry could bring back", () => {
    expect(kubelet["imageGCHighThresholdPercent"]).toBe(100);
  });

  it("keeps pods under the instance's own cgroup and serves on the node's address only", () => {
    expect(kubelet["cgroupRoot"]).toBe("/isotherm-3");
    expect(kubelet["address"]).toBe("172.31.3.2");
  });

  it("lets nobody in without a certificate or token", () => {
    expect(kubelet["authentication"]).toMatchObject({ anonymous: { enabled: false } });
    expect(kubelet["authorization"]).toEqual({ mode: "Webhook" });
  });

  it("gives pods the cluster's name server and none of the machine's", () => {
    expect(kubelet["clusterDNS"]).toEqual(["10.99.0.10"]);
    expect(kubelet["resolvConf"]).toBe("");
  });
});

describe("kube-proxy configuration", () => {
  const proxy = kubeProxyConfiguration(node);

  it("uses nftables and the pod network of the instance", () => {
    expect([proxy["mode"], proxy["clusterCIDR"]]).toEqual(["nftables", "10.244.3.0/24"]);
  });

  it("leaves the machine's conntrack limits alone", () => {
    expect(proxy["conntrack"]).toMatchObject({ maxPerCore: 0, min: 0 });
  });
});

describe("containerd and CNI configuration", () => {
  it("points at the given tools and the instance's folders", () => {
    const toml = containerdToml(node);
    expect(toml).toContain(`root = "/var/lib/isotherm/3/containerd"`);
    expect(toml).toContain(`address = "/run/isotherm/3/containerd.sock"`);
    expect(toml).toContain(`sandbox_image = "localhost/isotherm/pause:1"`);
    expect(toml).toContain(`BinaryName = "/cache/debian/usr/sbin/runc"`);
    expect(toml).toContain(`bin_dir = "/cache/debian/usr/lib/cni"`);
    expect(toml).toContain("restrict_oom_score_adj = true");
  });

  it("hands out addresses of the pod network without translation", () => {
    const [bridge] = (JSON.parse(cniConflist(node)) as { plugins: object[] }).plugins;
    expect(bridge).toMatchObject({
      type: "bridge",
      ipMasq: false,
      ipam: { ranges: [[{ subnet: "10.244.3.0/24", gateway: "10.244.3.1" }]] },
    });
  });
});

describe("kubeconfigs", () => {
  it("are written for each part that asks the API server", () => {
    const written = configFiles(node)
      .map((file) => file.path)
      .filter((path) => path.endsWith(".kubeconfig"));
    expect(written).toEqual(
      ["kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"].map(
        (part) => `/run/isotherm/3/etc/${part}.kubeconfig`,
      ),
    );
  });

  it("give the user context isotherm with everything inline", () => {
    const pem = { authority: "CA", certificate: "CRT", key: "KEY" };
    const config = parse(adminKubeconfig("https://172.31.3.2:6443", pem)) as {
      users: { user: Record<string, string> }[];
    };
    expect(config).toMatchObject({
      "current-context": "isotherm",
      contexts: [{ name: "isotherm" }],
      clusters: [{ cluster: { server: "https://172.31.3.2:6443" } }],
    });
    expect(atob(config.users[0]?.user["client-key-data"] ?? "")).toBe("KEY");
  });
});
