import { describe, expect, it } from "vitest";
import { formatPath, parsePath } from "../shared/property-path.ts";
import type { Properties } from "../shared/values.ts";
import { unknown } from "../shared/values.ts";
import { compare } from "./diff.ts";
import { immutableFields } from "./replace-table.ts";

const strict = { secrets: false, configMaps: false };

function diff(
  old: Properties,
  inputs: Properties,
  options: { oldInputs?: Properties; ignored?: string[]; mutable?: typeof strict } = {},
): Record<string, string> {
  const changes = compare({
    old,
    inputs,
    oldInputs: options.oldInputs ?? old,
    immutable: immutableFields(inputs, options.mutable ?? strict),
    ignored: (options.ignored ?? []).map(parsePath),
    emptyMeansAbsent: true,
  });
  return Object.fromEntries(
    changes.map(({ path, kind, replace }) => [formatPath(path), replace ? `${kind}!` : kind]),
  );
}

const object = (apiVersion: string, kind: string, rest: Properties): Properties => ({
  apiVersion,
  kind,
  ...rest,
});

describe("differences", () => {
  it("are reported as deep as they are", () => {
    const before = object("apps/v1", "Deployment", { spec: { replicas: 1, a: { b: 1 }, gone: 1 } });
    const after = object("apps/v1", "Deployment", { spec: { replicas: 2, a: { b: 1, c: [1] } } });
    expect(diff(before, after)).toEqual({
      "spec.replicas": "update",
      "spec.gone": "delete",
      "spec.a.c": "add",
    });
  });

  it("compare lists item by item", () => {
    const before = object("v1", "X", { list: [{ a: 1 }, { a: 2 }, { a: 3 }] });
    expect(diff(before, object("v1", "X", { list: [{ a: 1 }, { a: 9 }] }))).toEqual({
      "list[1].a": "update",
      "list[2]": "delete",
    });
  });

  it("take a value that is not known yet for a change", () => {
    expect(
      diff(object("v1", "X", { a: 1 }), object("v1", "X", { a: unknown, b: unknown })),
    ).toEqual({
      a: "update",
      b: "add",
    });
  });

  it("leave out what the user ignores", () => {
    const before = object("apps/v1", "Deployment", { spec: { replicas: 1, paused: true } });
    const after = object("apps/v1", "Deployment", { spec: { replicas: 4, paused: false } });
    expect(diff(before, after, { ignored: ["spec.replicas"] })).toEqual({
      "spec.paused": "update",
    });
  });

  it("leave out empty values the API server dropped, not new ones that mean something", () => {
    const before = object("apps/v1", "Deployment", { spec: {} });
    const after = object("apps/v1", "Deployment", {
      spec: { replicas: 0, paused: false, env: [], value: "" },
    });
    expect(diff(before, after)).toEqual({ "spec.replicas": "add", "spec.paused": "add" });
    expect(diff(before, after, { oldInputs: after })).toEqual({});
    expect(
      diff(object("v1", "ConfigMap", { data: {} }), object("v1", "ConfigMap", { data: { a: "" } })),
    ).toEqual({ "data.a": "add!" });
    expect(
      diff(
        object("v1", "PersistentVolumeClaim", { spec: {} }),
        object("v1", "PersistentVolumeClaim", { spec: { storageClassName: "" } }),
      ),
    ).toEqual({ "spec.storageClassName": "add!" });
  });
});

describe("replacement", () => {
  const replaced = (apiVersion: string, kind: string, path: string): boolean => {
    const build = (value: string): Properties => {
      const root = object(apiVersion, kind, {});
      let current = root;
      const parts = path.split(".");
      for (const part of parts.slice(0, -1)) current = current[part] = {} as Properties;
      current[parts.at(-1) ?? ""] = value;
      return root;
    };
    return Object.values(diff(build("a"), build("b"))).includes("update!");
  };

  it.each([
    ["v1", "ConfigMap", "metadata.name"],
    ["example.org/v1", "Thing", "metadata.namespace"],
    ["v1", "ConfigMap", "data.key"],
    ["v1", "Secret", "data.key"],
    ["v1", "Secret", "type"],
    ["v1", "Service", "spec.clusterIP"],
    ["v1", "PersistentVolumeClaim", "spec.storageClassName"],
    ["v1", "PersistentVolumeClaim", "spec.accessModes"],
    ["apps/v1", "Deployment", "spec.selector.matchLabels.app"],
    ["apps/v1", "DaemonSet", "spec.selector.matchLabels.app"],
    ["apps/v1", "StatefulSet", "spec.serviceName"],
    ["apps/v1", "StatefulSet", "spec.volumeClaimTemplates"],
    ["batch/v1", "Job", "spec.template.spec.containers"],
    ["batch/v1", "Job", "spec.parallelism"],
    ["rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef.name"],
    ["storage.k8s.io/v1", "StorageClass", "parameters.type"],
  ])("%s %s is replaced when %s changes", (apiVersion, kind, path) => {
    expect(replaced(apiVersion, kind, path)).toBe(true);
  });

  it.each([
    ["apps/v1", "Deployment", "spec.template.spec.image"],
    ["apps/v1", "StatefulSet", "spec.replicas"],
    ["batch/v1", "Job", "spec.backoffLimit"],
    ["batch/v1", "CronJob", "spec.jobTemplate.spec"],
    ["v1", "PersistentVolumeClaim", "spec.resources.requests"],
    ["v1", "Service", "spec.selector.app"],
    ["v1", "ConfigMap", "metadata.labels.a"],
    ["example.org/v1", "Job", "spec.template"],
    ["storage.k8s.io/v1", "StorageClass", "reclaimPolicy"],
  ])("%s %s is changed in place when %s changes", (apiVersion, kind, path) => {
    expect(replaced(apiVersion, kind, path)).toBe(false);
  });

  it("follows from adding or removing an immutable field inside something larger", () => {
    const job = object("batch/v1", "Job", { spec: { template: { a: 1 } } });
    expect(diff(object("batch/v1", "Job", {}), job)).toEqual({ spec: "add!" });
    expect(diff(job, object("batch/v1", "Job", { spec: {} }))).toEqual({
      "spec.template": "delete!",
    });
  });

  it("looks into the containers of a Pod", () => {
    const pod = (image: string): Properties =>
      object("v1", "Pod", { spec: { containers: [{ name: "a", image }] } });
    expect(diff(pod("x:1"), pod("x:2"))).toEqual({ "spec.containers[0].image": "update!" });
  });

  it("spares ConfigMaps and Secrets where the provider may change them, but never immutable ones", () => {
    const mutable = { secrets: true, configMaps: true };
    for (const kind of ["ConfigMap", "Secret"]) {
      const of = (value: string, rest: Properties = {}): Properties =>
        object("v1", kind, { data: { a: value }, ...rest });
      expect(diff(of("1"), of("2"), { mutable })).toEqual({ "data.a": "update" });
      const frozen = { immutable: true };
      expect(diff(of("1", frozen), of("2", frozen), { mutable })).toEqual({ "data.a": "update!" });
    }
  });
});
