import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findCluster, findContext, kubeConfigFiles } from "./kube-context.ts";

function kubeConfig(name: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "isotherm-kube-")), "config");
  writeFileSync(
    file,
    `apiVersion: v1
kind: Config
clusters: [{ name: ${name}, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: ${name}, user: { token: t } }]
contexts: [{ name: ${name}, context: { cluster: ${name}, user: ${name} } }]
`,
  );
  return file;
}

test("a context is found in whichever file has it", () => {
  const files = [kubeConfig("one"), kubeConfig("two")];
  const found = findContext("two", files);
  expect(found.file).toBe(files[1]);
  expect(found.kubeConfig.getCurrentContext()).toBe("two");
});

test("a context that is nowhere is an error that names those there are", () => {
  const files = [kubeConfig("one"), kubeConfig("two")];
  expect(() => findContext("minikube", files)).toThrow(
    /no kube context is called "minikube" in .*; there is one, two$/,
  );
  expect(() => findContext("minikube", [])).toThrow("in no kubeconfig file; there is none");
});

test("KUBECONFIG may name several files; those that are missing are passed over", () => {
  const file = kubeConfig("one");
  const files = kubeConfigFiles(`/nowhere/config:${file}:${file}`);
  expect(files[0]).toBe(file);
  expect(files.filter((candidate) => candidate === file)).toHaveLength(1);
});

test("without a context it is this machine's own cluster, whatever KUBECONFIG says", () => {
  const own = kubeConfig("isotherm");
  expect(findCluster(undefined, own).kubeConfig.getCurrentContext()).toBe("isotherm");
  expect(() => findCluster(undefined, "/nowhere/config")).toThrow(
    "no cluster: run `npm start`, which makes one on this machine, or name a kube context",
  );
});
