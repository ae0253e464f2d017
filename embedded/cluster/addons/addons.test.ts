import type { V1ConfigMap, V1Deployment, V1Pod, V1Service } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { exampleNode } from "../fixtures.ts";
import { addonObjects, digestOf } from "./index.ts";

const node = exampleNode();
const objects = addonObjects(node);
const named = <T>(kind: string, name: string): T =>
  objects.find((object) => object.kind === kind && object.metadata?.name === name) as T;
const deployments = objects.filter((object) => object.kind === "Deployment") as V1Deployment[];

describe("DNS and storage add-ons", () => {
  it("run what Pod Security restricted allows, from local images only", () => {
    expect(deployments).toHaveLength(2);
    for (const { spec } of deployments) {
      expect(spec?.template.spec?.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
      for (const container of spec?.template.spec?.containers ?? []) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.image).toMatch(/^localhost\/isotherm\//);
        expect(container.imagePullPolicy).toBe("IfNotPresent");
      }
    }
  });

  it("serve names on the address that the kubelet gives to pods", () => {
    const service = named<V1Service>("Service", "kube-dns");
    expect(service.spec?.clusterIP).toBe(node.addresses.dnsAddress);
  });

  it("open and close each Corefile block on lines of their own, which CoreDNS insists on", () => {
    const corefile = named<V1ConfigMap>("ConfigMap", "coredns").data?.["Corefile"] ?? "";
    expect(corefile).toContain("kubernetes cluster.local");
    for (const line of corefile.split("\n").filter((text) => /[{}]/.test(text))) {
      expect(line).toMatch(/^\s*(}|[^{}]+ {)$/);
    }
  });

  it("make standard the default class, bound when its first pod is placed", () => {
    expect(named("StorageClass", "standard")).toMatchObject({
      metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Delete",
    });
  });

  it("keep volumes in the instance's data folder, made by a helper from the local busybox", () => {
    const data = named<V1ConfigMap>("ConfigMap", "local-path-config").data ?? {};
    expect(JSON.parse(data["config.json"] ?? "")).toMatchObject({
      nodePathMap: [{ paths: ["/var/lib/isotherm/3/volumes"] }],
    });
    const helper = JSON.parse(data["helperPod.yaml"] ?? "") as V1Pod;
    expect(helper.spec?.containers[0]?.image).toBe("localhost/isotherm/busybox:1");
    expect(helper.spec?.automountServiceAccountToken).toBe(false);
  });

  it("have another digest as soon as an image changes", () => {
    const images = { ...node.tools.images, coredns: { reference: "x/y:2", archive: "/z.tar" } };
    const other = addonObjects(exampleNode({ tools: { ...node.tools, images } }));
    expect(digestOf(addonObjects(exampleNode()))).toBe(digestOf(objects));
    expect(digestOf(other)).not.toBe(digestOf(objects));
  });
});
