import { describe, expect, it } from "vitest";
import {
  judgeClaim,
  judgeDefinition,
  judgeQuota,
  judgeSecret,
  judgeService,
  judgeVolume,
} from "./objects.ts";

const slice = (ready: boolean | undefined) => ({
  endpoints: [{ addresses: ["10.0.0.1"], conditions: ready === undefined ? {} : { ready } }],
});

describe("a Service", () => {
  const service = { spec: { type: "ClusterIP", clusterIP: "10.96.0.1", selector: { app: "a" } } };

  it("waits for a ready pod behind it", () => {
    expect(judgeService(service, []).ready).toBe(false);
    expect(judgeService(service, [slice(false)]).ready).toBe(false);
    expect(judgeService(service, [slice(false), slice(true)]).ready).toBe(true);
    expect(judgeService(service, [slice(undefined)]).ready).toBe(true);
  });

  it.each([
    ["ExternalName", { spec: { type: "ExternalName", selector: { a: "b" } } }],
    ["headless", { spec: { clusterIP: "None", selector: { a: "b" } } }],
    ["without selector", { spec: { clusterIP: "10.96.0.1" } }],
  ])("does not wait when %s", (_name, given) => {
    expect(judgeService(given, []).ready).toBe(true);
  });

  it("waits for an address when it is a load balancer", () => {
    const balancer = { spec: { ...service.spec, type: "LoadBalancer" } };
    expect(judgeService(balancer, [slice(true)]).message).toContain("load balancer address");
    const status = { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } };
    expect(judgeService({ ...balancer, status }, [slice(true)]).ready).toBe(true);
  });
});

describe("a PersistentVolumeClaim", () => {
  const pending = { status: { phase: "Pending" } };

  it("is ready once bound, and fails once its volume is gone", () => {
    expect(judgeClaim({ status: { phase: "Bound" } }, undefined).ready).toBe(true);
    expect(judgeClaim(pending, undefined).ready).toBe(false);
    expect(judgeClaim({ status: { phase: "Lost" } }, undefined).failure).toBeDefined();
  });

  it("does not wait for a pod that comes after it", () => {
    expect(judgeClaim(pending, { volumeBindingMode: "WaitForFirstConsumer" }).ready).toBe(true);
    expect(judgeClaim(pending, { volumeBindingMode: "Immediate" }).ready).toBe(false);
  });
});

describe("other objects", () => {
  it("a PersistentVolume is ready once available or bound", () => {
    expect(judgeVolume({ status: { phase: "Available" } }).ready).toBe(true);
    expect(judgeVolume({ status: { phase: "Pending" } }).ready).toBe(false);
  });

  it("a ResourceQuota is ready once in force", () => {
    const quota = (hard: string) => ({
      spec: { hard: { cpu: "1" } },
      status: { hard: { cpu: hard } },
    });
    expect(judgeQuota(quota("1")).ready).toBe(true);
    expect(judgeQuota(quota("2")).ready).toBe(false);
  });

  it("only a service account's token is waited for among Secrets", () => {
    expect(judgeSecret({ type: "Opaque" }).ready).toBe(true);
    const token = { type: "kubernetes.io/service-account-token" };
    expect(judgeSecret(token).ready).toBe(false);
    expect(judgeSecret({ ...token, data: { token: "x" } }).ready).toBe(true);
  });

  it("a CustomResourceDefinition is ready once its kind is served, and fails on a name taken", () => {
    const established = { type: "Established", status: "True" };
    expect(judgeDefinition({ status: { conditions: [established] } }).ready).toBe(true);
    expect(judgeDefinition({}).ready).toBe(false);
    const taken = {
      type: "NamesAccepted",
      status: "False",
      reason: "PluralConflict",
      message: "taken",
    };
    expect(judgeDefinition({ status: { conditions: [taken] } }).failure).toContain(
      "PluralConflict",
    );
  });
});
