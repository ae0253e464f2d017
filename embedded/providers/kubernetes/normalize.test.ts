import { describe, expect, it } from "vitest";
import { unknown } from "../shared/values.ts";
import { normalizeInputs, pruneToShape, refreshedInputs } from "./normalize.ts";

const podSpec = (resources: object) => ({ containers: [{ name: "a", resources }] });

describe("normalised inputs", () => {
  it("writes quantities as the API server does", () => {
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      spec: {
        template: {
          spec: {
            ...podSpec({
              requests: { cpu: "0.5", "nvidia.com/gpu": 1 },
              limits: { memory: "1024Mi" },
            }),
            volumes: [{ name: "tmp", emptyDir: { sizeLimit: "2048Mi" } }],
          },
        },
      },
    };
    expect(normalizeInputs(deployment)["spec"]).toEqual({
      template: {
        spec: {
          ...podSpec({
            requests: { cpu: "500m", "nvidia.com/gpu": "1" },
            limits: { memory: "1Gi" },
          }),
          volumes: [{ name: "tmp", emptyDir: { sizeLimit: "2Gi" } }],
        },
      },
    });
  });

  it("knows the metric targets of an autoscaler", () => {
    const target = (value: string) => ({
      metrics: [{ pods: { target: { type: "Value", value } } }],
    });
    const scaler = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
    expect(normalizeInputs({ ...scaler, spec: target("0.5") })["spec"]).toEqual(target("500m"));
  });

  it("leaves custom resources and labels that look like quantities alone", () => {
    const custom = {
      apiVersion: "example.org/v1",
      kind: "Thing",
      spec: { limits: { a: "1000m" } },
    };
    expect(normalizeInputs(custom)).toEqual(custom);
    const labelled = {
      apiVersion: "v1",
      kind: "Pod",
      spec: { selector: { matchLabels: { limits: "1000m" } } },
    };
    expect(normalizeInputs(labelled)).toEqual(labelled);
  });

  it("turns the stringData of a Secret into data, over data of the same key", () => {
    const secret = normalizeInputs({
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "b\nGQ=", b: "b2xk" },
      stringData: { b: "new", c: "grüß" },
    });
    expect(secret["stringData"]).toBeUndefined();
    expect(secret["data"]).toEqual({
      a: "bGQ=",
      b: Buffer.from("new").toString("base64"),
      c: Buffer.from("grüß").toString("base64"),
    });
  });

  it("waits with that until everything is known", () => {
    const secret = { apiVersion: "v1", kind: "Secret", stringData: { a: unknown } };
    expect(normalizeInputs(secret)).toEqual(secret);
  });

  it("drops what only the cluster may set", () => {
    const inputs = normalizeInputs({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "a",
        uid: "u",
        resourceVersion: "1",
        creationTimestamp: "t",
        generation: 2,
      },
    });
    expect(inputs["metadata"]).toEqual({ name: "a" });
  });

  it("does not touch its argument", () => {
    const given = {
      apiVersion: "v1",
      kind: "Secret",
      stringData: { a: "b" },
      metadata: { uid: "u" },
    };
    normalizeInputs(given);
    expect(given.stringData).toEqual({ a: "b" });
    expect(given.metadata).toEqual({ uid: "u" });
  });
});

describe("live objects pruned to the inputs", () => {
  it("keep only what the inputs speak about", () => {
    const live = {
      spec: { replicas: 3, strategy: { type: "RollingUpdate" } },
      status: { replicas: 3 },
    };
    expect(pruneToShape(live, { spec: { replicas: 1 } })).toEqual({ spec: { replicas: 3 } });
  });

  it("cut lists to the length of the inputs and prune their items", () => {
    const live = { c: [{ name: "a", image: "x", pull: "Always" }, { name: "injected" }] };
    expect(pruneToShape(live, { c: [{ name: "a", image: "y" }] })).toEqual({
      c: [{ name: "a", image: "x" }],
    });
  });

  it("lack what the live object lacks", () => {
    expect(pruneToShape({}, { data: { a: "1" } })).toEqual({});
  });
});

describe("inputs after a refresh", () => {
  const given = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { labels: { a: "" } },
    spec: { paused: false, template: { env: [{ name: "E", value: "" }], volumes: [] } },
  };

  it("keep empty values that the API server left out", () => {
    const live = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { labels: { a: "" } },
      spec: { template: { env: [{ name: "E" }] } },
    };
    expect(refreshedInputs(live, given)).toEqual(given);
  });

  it("notice labels and data that somebody removed, empty or not", () => {
    const live = { apiVersion: "apps/v1", kind: "Deployment", metadata: { labels: {} }, spec: {} };
    expect(refreshedInputs(live, given)["metadata"]).toEqual({ labels: {} });
  });
});
