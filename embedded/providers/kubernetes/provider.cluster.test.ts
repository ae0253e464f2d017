/**
 * Drives a real Pulumi program through the packed provider against a real API server. It shows the life of resources in
 * the engine's eyes: up, no-op, change, replacement, refresh, import, failure and recovery, destroy. It does not show
 * pods becoming ready (the end-to-end test of the platform does), nor the move to the official plugin, which cannot be
 * downloaded where this stand-in is needed.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { versions } from "../../versions.ts";
import { packProvider } from "../pack.ts";
import type { Properties } from "../shared/values.ts";
import { textAt } from "../shared/values.ts";
import { Api } from "./api.ts";
import { Client } from "./client.ts";
import { connection, loadKubeConfig } from "./kubeconfig.ts";

const kubeconfig = process.env["ISOTHERM_TEST_KUBECONFIG"] ?? "";
const hasPulumi = ((): boolean => {
  try {
    execFileSync("pulumi", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

const program = `
import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
const on = new Set((process.env.FEATURES ?? "").split(","));
const value = process.env.VALUE ?? "1";
const provider = new k8s.Provider("cluster", { kubeconfig: process.env.TARGET, clusterIdentifier: process.env.CLUSTER ?? "test" },
  { deleteBeforeReplace: true });
const opts = { provider };
const ns = new k8s.core.v1.Namespace("home", {}, opts);
const namespace = ns.metadata.name;
const settings = new k8s.core.v1.ConfigMap("settings", { metadata: { namespace }, data: { value, empty: "" } }, opts);
new k8s.core.v1.Secret("creds", { metadata: { namespace, name: "creds" }, stringData: { password: pulumi.secret("correct horse") } }, opts);
const labels = { app: "web" };
const web = new k8s.apps.v1.Deployment("web", { metadata: { namespace, name: "web",
  annotations: on.has("force") ? { "pulumi.com/patchForce": "true" } : {} }, spec: {
  replicas: 0, progressDeadlineSeconds: 600, selector: { matchLabels: labels }, revisionHistoryLimit: Number(process.env.HISTORY ?? value),
  template: { metadata: { labels }, spec: { hostNetwork: false, volumes: [{ name: "tmp", emptyDir: {} }], containers: [{ name: "web", image: "none:1", command: [],
    env: [{ name: "EMPTY", value: "" }, { name: "VALUE", value: "x" }], resources: { requests: { cpu: "0.5", memory: "1024Mi" } } }] } },
} }, on.has("ignore") ? { provider, ignoreChanges: ["spec.revisionHistoryLimit"] } : opts);
new k8s.batch.v1.Job("train", { metadata: { namespace, name: "train" }, spec: { suspend: true,
  template: { spec: { restartPolicy: "Never", containers: [{ name: "train", image: "none:" + value }] } } } }, opts);
new k8s.core.v1.Service("web", { metadata: { namespace, name: "web" }, spec: { ports: [{ port: 80 }] } }, opts);
const later = new k8s.storage.v1.StorageClass("later", { provisioner: "example.org/none", volumeBindingMode: "WaitForFirstConsumer" }, opts);
new k8s.core.v1.PersistentVolumeClaim("claim", { metadata: { namespace }, spec: { storageClassName: later.metadata.name,
  accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } } }, opts);
const group = process.env.GROUP;
const definition = new k8s.apiextensions.v1.CustomResourceDefinition("things", { metadata: { name: "things." + group }, spec: {
  group, scope: "Namespaced", names: { kind: "Thing", plural: "things" }, versions: [{ name: "v1", served: true, storage: true,
    schema: { openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true } } }] } }, opts);
new k8s.apiextensions.CustomResource("thing", { apiVersion: group + "/v1", kind: "Thing", metadata: { namespace,
  annotations: { "pulumi.com/waitFor": on.has("stuck") ? "condition=Never" : "jsonpath={.size}=3", "pulumi.com/timeoutSeconds": on.has("stuck") ? "2" : "60" } }, size: 3, value },
  { provider, dependsOn: definition });
if (on.has("import")) new k8s.core.v1.ConfigMap("adopted", { metadata: { namespace, name: "adopted" }, data: { by: process.env.BY } },
  { provider, import: process.env.IMPORT || undefined });
if (on.has("get")) { const found = k8s.core.v1.ConfigMap.get("found", pulumi.interpolate\`\${namespace}/kube-root-ca.crt\`, opts); on.found = found.metadata.name; }
export const out = { namespace, settings: settings.metadata.name, web: web.metadata.name, found: on.found };
`;

describe.skipIf(kubeconfig === "" || !hasPulumi)(
  "stand-in kubernetes provider in Pulumi (needs ISOTHERM_TEST_KUBECONFIG and pulumi)",
  { timeout: 300_000 },
  () => {
    const work = mkdtempSync(join(tmpdir(), "isotherm-provider-"));
    const group = `t${process.pid}.example.org`;
    let api: Api;
    let namespace = "";

    const env = (extra: Record<string, string>): Record<string, string> => ({
      PULUMI_HOME: join(work, "home"),
      PULUMI_BACKEND_URL: `file://${join(work, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      TARGET: kubeconfig,
      GROUP: group,
      ...extra,
    });

    async function pulumi(args: string[], extra: Record<string, string> = {}): Promise<string> {
      const result = await execa("pulumi", [...args, "--non-interactive", "--color", "never"], {
        cwd: work,
        env: env(extra),
        all: true,
        reject: false,
      });
      if (result.exitCode !== 0) throw new Error(result.all);
      return result.all;
    }

    const up = (extra?: Record<string, string>): Promise<string> =>
      pulumi(["up", "--yes", "--skip-preview", "--diff"], extra);
    const preview = (extra?: Record<string, string>): Promise<string> =>
      pulumi(["preview", "--diff"], extra);

    async function state(
      name: string,
    ): Promise<{ id: string; inputs: Properties; outputs: Properties }> {
      const exported = JSON.parse(await pulumi(["stack", "export"])) as {
        deployment: {
          resources: { urn: string; id: string; inputs: Properties; outputs: Properties }[];
        };
      };
      const found = exported.deployment.resources.find(({ urn }) => urn.endsWith(name));
      if (!found) throw new Error(`${name} is not in the state`);
      return found;
    }

    beforeAll(async () => {
      writeFileSync(join(work, "Pulumi.yaml"), "name: life\nruntime: nodejs\nmain: index.js\n");
      writeFileSync(join(work, "package.json"), '{ "type": "module", "main": "index.js" }');
      writeFileSync(join(work, "index.js"), program);
      symlinkSync(join(import.meta.dirname, "../../../node_modules"), join(work, "node_modules"));
      const archive = join(work, "plugin.tar.gz");
      await packProvider("kubernetes", versions.kubernetesPlugin, archive);
      execFileSync("mkdir", ["-p", join(work, "state")]);
      const install = [
        "plugin",
        "install",
        "resource",
        "kubernetes",
        `v${versions.kubernetesPlugin}`,
      ];
      expect(await pulumi([...install, "--file", archive])).not.toMatch(/warning/i);
      await pulumi(["stack", "init", "dev"]);
      const target = connection(loadKubeConfig(kubeconfig), {});
      api = new Api(new Client(target, new AbortController().signal));
    }, 120_000);

    afterAll(async () => {
      await pulumi(["destroy", "--yes", "--skip-preview"]).catch(() => "");
      rmSync(work, { recursive: true, force: true });
    }, 120_000);

    it("previews kinds that do not exist yet, and makes them", async () => {
      expect(await preview()).toMatch(/12 to create/);
      await up();
      namespace = JSON.parse(await pulumi(["stack", "output", "--json"])).out.namespace;
      expect(namespace).toMatch(/^home-[0-9a-f]{8}$/);
      const deployment = await api.get(
        { apiVersion: "apps/v1", kind: "Deployment" },
        namespace,
        "web",
      );
      expect(deployment["metadata"]).toMatchObject({ name: "web", namespace });
    });

    it("sees no change where there is none, also after a refresh", async () => {
      await pulumi(["preview", "--expect-no-changes", "--diff"]);
      expect(await pulumi(["refresh", "--yes", "--diff"])).not.toMatch(/to update|updated/);
      await pulumi(["preview", "--expect-no-changes", "--diff"]);
    });

    it("keeps the data of a Secret encrypted in the state", async () => {
      await pulumi(["stack", "export", "--file", "export.json"]);
      const text = readFileSync(join(work, "export.json"), "utf8");
      expect(text).not.toContain("correct horse");
      expect(text).not.toContain(Buffer.from("correct horse").toString("base64"));
      expect((await state("Secret::creds")).outputs["data"]).toHaveProperty("ciphertext");
    });

    it("changes what can change in place and replaces what cannot", async () => {
      const planned = await preview({ VALUE: "2" });
      expect(planned).toMatch(/\+-kubernetes:core\/v1:ConfigMap/);
      expect(planned).toMatch(/\+-kubernetes:batch\/v1:Job/);
      expect(planned).toMatch(/~ kubernetes:apps\/v1:Deployment/);
      const before = await state("ConfigMap::settings");
      await up({ VALUE: "2" });
      const after = await state("ConfigMap::settings");
      expect(after.id).not.toBe(before.id);
      const job = await api.get({ apiVersion: "batch/v1", kind: "Job" }, namespace, "train");
      expect(JSON.stringify(job["spec"])).toContain("none:2");
      await pulumi(["preview", "--expect-no-changes"], { VALUE: "2" });
    });

    it("leaves ignored fields alone", async () => {
      const extra = { VALUE: "2", HISTORY: "7" };
      expect(await preview(extra)).toMatch(/revisionHistoryLimit\s*: 2 => 7/);
      await pulumi(["preview", "--expect-no-changes"], { ...extra, FEATURES: "ignore" });
    });

    it("finds drift on refresh, names who owns the field now, and takes it back when told to", async () => {
      const kind = { apiVersion: "apps/v1", kind: "Deployment" };
      const path = await api.path(kind, namespace, "web");
      await api.client.request("PATCH", path, {
        query: { fieldManager: "somebody" },
        contentType: "application/merge-patch+json",
        body: { spec: { progressDeadlineSeconds: 700 } },
      });
      expect(await pulumi(["refresh", "--yes", "--diff"])).toMatch(
        /progressDeadlineSeconds.*600 => 700/,
      );
      await expect(up({ VALUE: "2" })).rejects.toThrow(/somebody[\s\S]*patchForce/);
      await up({ VALUE: "2", FEATURES: "force" });
      expect((await api.client.request("GET", path))["spec"]).toMatchObject({
        progressDeadlineSeconds: 600,
      });
    });

    it("forgets what somebody deleted, and makes it again", async () => {
      const path = await api.path({ apiVersion: "v1", kind: "Service" }, namespace, "web");
      await api.client.request("DELETE", path);
      await pulumi(["refresh", "--yes"]);
      expect(await up({ VALUE: "2" })).toMatch(/\+ kubernetes:core\/v1:Service/);
    });

    it("keeps an object that did not become ready, says why, and goes on with it", async () => {
      const stuck = up({ VALUE: "3", FEATURES: "stuck" });
      await expect(stuck).rejects.toThrow(/not ready after 2 s: waiting for condition Never=True/);
      const thing = await state("Thing::thing");
      expect(thing.outputs["value"]).toBe("3");
      await up({ VALUE: "3" });
      await pulumi(["preview", "--expect-no-changes"], { VALUE: "3" });
    });

    it("imports what kubectl made, then owns it", async () => {
      const path = await api.path({ apiVersion: "v1", kind: "ConfigMap" }, namespace, "adopted");
      await api.client.request("PATCH", path, {
        query: { fieldManager: "kubectl", force: "true" },
        contentType: "application/apply-patch+yaml",
        body: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "adopted" },
          data: { by: "kubectl" },
        },
      });
      const extra = { VALUE: "3", FEATURES: "import", BY: "kubectl" };
      await up({ ...extra, IMPORT: `${namespace}/adopted` });
      await pulumi(["preview", "--expect-no-changes"], extra);
      await up({ ...extra, BY: "pulumi" });
      expect((await api.client.request("GET", path))["data"]).toEqual({ by: "pulumi" });
    });

    it("leaves alone what took the name of something it owned", async () => {
      const path = await api.path({ apiVersion: "v1", kind: "ConfigMap" }, namespace, "adopted");
      await api.client.request("DELETE", path);
      await api.client.request("POST", path.slice(0, path.lastIndexOf("/")), {
        body: { metadata: { name: "adopted" }, data: { by: "somebody" } },
      });
      expect(await up({ VALUE: "3" })).toMatch(/- 1 deleted/);
      expect((await api.client.request("GET", path))["data"]).toEqual({ by: "somebody" });
    });

    it("reads what it does not own", async () => {
      await up({ VALUE: "3", FEATURES: "get" });
      const out = JSON.parse(await pulumi(["stack", "output", "--json"])).out;
      expect(out.found).toBe("kube-root-ca.crt");
    });

    it("makes everything anew on another cluster, once what the old one had is gone", async () => {
      // The engine deletes the provider under a resource that is only read, and cannot load that state again.
      await up({ VALUE: "3" });
      const job = { apiVersion: "batch/v1", kind: "Job" };
      const before = await api.get(job, namespace, "train");
      const extra = { VALUE: "3", CLUSTER: "other" };
      expect(await up(extra)).toMatch(/\+-11 replaced/);
      namespace = JSON.parse(await pulumi(["stack", "output", "--json"], extra)).out.namespace;
      const after = await api.get(job, namespace, "train");
      expect(textAt(after, "metadata", "uid")).not.toBe(textAt(before, "metadata", "uid"));
      const thing = { apiVersion: `${group}/v1`, kind: "Thing" };
      expect(await api.list(thing, namespace)).toHaveLength(1);
      await pulumi(["preview", "--expect-no-changes"], extra);
    });

    it("removes everything it made and nothing else", async () => {
      await pulumi(["destroy", "--yes", "--skip-preview"]);
      expect(
        await api.find({ apiVersion: "v1", kind: "Namespace" }, "", namespace),
      ).toBeUndefined();
      expect(await api.find({ apiVersion: "v1", kind: "Namespace" }, "", "default")).toBeDefined();
    });
  },
);
