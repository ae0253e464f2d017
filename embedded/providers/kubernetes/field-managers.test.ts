import { describe, expect, it } from "vitest";
import { keepIgnored, takeOver } from "./field-managers.ts";

const entry = (manager: string, operation: string, fieldsV1: object, rest: object = {}) => ({
  manager,
  operation,
  fieldsV1: { ...fieldsV1 },
  apiVersion: "v1",
  ...rest,
});
const live = (...managedFields: ReturnType<typeof entry>[]) => ({
  apiVersion: "v1",
  metadata: { managedFields },
  spec: { replicas: 5, paused: true },
});

describe("taking over from kubectl", () => {
  it("merges its fields into ours and leaves everybody else's", () => {
    const object = live(
      entry("kubectl-client-side-apply", "Update", { "f:data": { "f:a": {} } }),
      entry("ours", "Apply", { "f:data": { "f:b": {} } }),
      entry("kube-controller-manager", "Update", { "f:status": {} }),
    );
    const [other, own] = takeOver(object, "ours") ?? [];
    expect(other).toMatchObject({ manager: "kube-controller-manager" });
    expect(own).toMatchObject({
      manager: "ours",
      operation: "Apply",
      fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } },
    });
  });

  it("is left alone where kubectl owns nothing but a subresource", () => {
    const scaled = entry("kubectl", "Update", { "f:spec": {} }, { subresource: "scale" });
    expect(takeOver(live(scaled), "ours")).toBeUndefined();
  });
});

describe("ignored fields", () => {
  it("that others own are left to them", () => {
    const inputs = { spec: { replicas: 1, paused: false } };
    const owner = entry("autoscaler", "Update", { "f:spec": { "f:replicas": {} } });
    keepIgnored(inputs, live(owner), "ours", [["spec", "replicas"]]);
    expect(inputs).toEqual({ spec: { paused: false } });
  });

  it("that we own keep their live value", () => {
    const inputs = { spec: { replicas: 1, paused: false } };
    const owner = entry("ours", "Apply", { "f:spec": { "f:replicas": {} } });
    keepIgnored(inputs, live(owner), "ours", [["spec", "replicas"]]);
    expect(inputs).toEqual({ spec: { replicas: 5, paused: false } });
  });
});
