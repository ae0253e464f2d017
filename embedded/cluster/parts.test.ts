import { describe, expect, it } from "vitest";
import { configFiles } from "./config-files.ts";
import { leafSpecs } from "./certificates.ts";
import { exampleNode } from "./fixtures.ts";
import { nodeParts } from "./parts.ts";
import { partNames } from "./types.ts";

const node = exampleNode();
const parts = nodeParts(node);
const flagsOf = (name: string) => parts.find((part) => part.name === name)?.args ?? [];

describe("parts of the node", () => {
  it("are all there, each started after what it needs", () => {
    const order = parts.map((part) => part.name);
    expect([...order].sort()).toEqual([...partNames].sort());
    parts.forEach((part, position) => {
      for (const needed of part.after) expect(order.indexOf(needed)).toBeLessThan(position);
    });
  });

  it("use only files that are made", () => {
    const certificates = [
      ...["ca", "front-proxy-ca", "etcd-ca"],
      ...leafSpecs(node.addresses, node.nodeName).map((spec) => spec.file),
    ].flatMap((name) => [`${name}.crt`, `${name}.key`]);
    const made = new Set([
      ...[...certificates, "sa.key", "sa.pub"].map((name) => `${node.data}/pki/${name}`),
      ...configFiles(node).map((file) => file.path),
    ]);
    const used = parts
      .flatMap((part) => part.args)
      .map((argument) => argument.slice(argument.indexOf("=") + 1))
      .filter((value) => /\.(crt|key|pub|kubeconfig|yaml|toml)$/.test(value));
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((file) => !made.has(file))).toEqual([]);
  });

  it("let etcd answer its clients on the loopback only, with certificates", () => {
    expect(flagsOf("etcd")).toContain("--listen-client-urls=https://127.0.0.1:2379");
    expect(flagsOf("etcd")).toContain("--client-cert-auth=true");
  });

  it("keep the API server on the instance's addresses, with the aggregation layer on", () => {
    const flags = flagsOf("kube-apiserver");
    expect(flags).toContain("--bind-address=172.31.3.2");
    expect(flags).toContain("--service-cluster-ip-range=10.99.0.0/16");
    expect(flags).toContain("--authorization-mode=Node,RBAC");
    expect(flags).toContain("--requestheader-allowed-names=front-proxy-client");
    expect(flags.some((flag) => flag.startsWith("--disable-admission-plugins"))).toBe(false);
  });
});
