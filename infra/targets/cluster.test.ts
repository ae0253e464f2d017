/** What the target asks of Pulumi's Kubernetes provider. That the engine acts on it is shown against an API server. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { addressPlan } from "../../embedded/cluster/addresses.ts";
import { ensureCertificates } from "../../embedded/cluster/certificates.ts";
import { adminKubeconfig } from "../../embedded/cluster/config-files.ts";
import { homePaths } from "../../embedded/paths.ts";
import { clusterTarget } from "./cluster.ts";

const { folder, own, declared } = await vi.hoisted(async () => {
  const { mkdtempSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const temporary = mkdtempSync(`${tmpdir()}/isotherm-target-`);
  // The modules read these when they are loaded.
  process.env["ISOTHERM_HOME"] = `${temporary}/home`;
  process.env["KUBECONFIG"] = `${temporary}/own.kubeconfig`;
  return {
    folder: temporary,
    own: process.env["KUBECONFIG"],
    declared: [] as unknown[][],
  };
});

vi.mock("@pulumi/kubernetes/provider.js", () => ({
  Provider: class {
    constructor(...given: unknown[]) {
      declared.push(given);
    }
  },
}));

beforeAll(async () => {
  const plan = addressPlan(0);
  await ensureCertificates(join(folder, "pki"), plan, "node");
  const pem = (name: string) => readFileSync(join(folder, "pki", name), "utf8");
  const kubeconfig = adminKubeconfig(plan.apiServer, {
    authority: pem("ca.crt"),
    certificate: pem("admin.crt"),
    key: pem("admin.key"),
  });
  mkdirSync(dirname(homePaths.kubeconfig));
  writeFileSync(homePaths.kubeconfig, kubeconfig);
  writeFileSync(own, kubeconfig.replaceAll("isotherm", "minikube"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Settings and options of the provider that a target with this context declares. */
function providerOf(context?: string) {
  clusterTarget({ kind: "cluster", ...(context === undefined ? {} : { context }) }, [], {});
  const [, settings, options] = declared.splice(0).at(-1) ?? [];
  return { settings: settings as Record<string, unknown>, options };
}

test("the embedded cluster is known by its authority, and what is taken from one that is gone goes first", () => {
  const { settings, options } = providerOf();
  expect(settings["kubeconfig"]).toBe(join(folder, "home/kubeconfig"));
  expect(settings["clusterIdentifier"]).toMatch(/^isotherm-[0-9a-f]{12}$/);
  expect(options).toEqual({ deleteBeforeReplace: true });
});

test("a named cluster is known by its context: new credentials or another address replace nothing", () => {
  const { settings, options } = providerOf("minikube");
  expect(settings).toMatchObject({ clusterIdentifier: "context:minikube", kubeconfig: own });
  expect(options).toEqual({ deleteBeforeReplace: false });
});

test("weights are owned by server-side apply: each target says so, which goes before what the environment says", () => {
  vi.stubEnv("PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", "false");
  for (const context of [undefined, "minikube"]) {
    expect(providerOf(context).settings["enableServerSideApply"]).toBe(true);
  }
  vi.unstubAllEnvs();
});
