// A kube context that the stack files name: a cluster that is the user's, where only what the stacks made may go.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  ApiextensionsV1Api,
  CoreV1Api,
  KubeConfig,
  RbacAuthorizationV1Api,
} from "@kubernetes/client-node";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { withoutPlatform } from "../../embedded/environment.ts";
import {
  askWine,
  checkout,
  cloneCheckout,
  home,
  isotherm,
  obstacle,
  ownHome,
  removeOwnCluster,
  stackOutputs,
  suiteTitle,
} from "./platform.ts";

const context = "own";
const kubeconfig = join(checkout, ".isotherm-own.kubeconfig");
const stackFile = (name: string) => join(checkout, "stacks", `Pulumi.${name}.yaml`);
const onOwn = { env: { ...withoutPlatform(process.env), KUBECONFIG: kubeconfig } };

/** Names the context in a stack file, and the images that were loaded there: this machine has no public ones. */
function nameContext(stack: string, images: Record<string, string | undefined>): void {
  const content = parse(readFileSync(stackFile(stack), "utf8")) as {
    config: Record<string, unknown>;
  };
  content.config["isotherm:target"] = { kind: "cluster", context };
  content.config["isotherm:images"] = images;
  writeFileSync(stackFile(stack), stringify(content));
}

/** Names of what is there once for the whole cluster. */
async function clusterWide(): Promise<string[]> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const lists = await Promise.all([
    config.makeApiClient(CoreV1Api).listNamespace(),
    config.makeApiClient(ApiextensionsV1Api).listCustomResourceDefinition(),
    config.makeApiClient(RbacAuthorizationV1Api).listClusterRole(),
    config.makeApiClient(RbacAuthorizationV1Api).listClusterRoleBinding(),
  ]);
  return lists.flatMap(({ kind, items }) =>
    items.map(({ metadata }) => `${kind} ${metadata?.name}`),
  );
}

describe.skipIf(obstacle() !== undefined)(suiteTitle("a named kube context"), () => {
  let before: string[] = [];

  beforeAll(async () => {
    await cloneCheckout();
    expect(existsSync(home)).toBe(false);
    await execa(process.execPath, [join(checkout, "test/e2e/own-cluster.ts")], {
      cwd: checkout,
      env: { ...withoutPlatform(process.env), ISOTHERM_HOME: ownHome },
      extendEnv: false,
      stdio: ["ignore", "inherit", "inherit"],
    });
    const made = readFileSync(join(ownHome, "kubeconfig"), "utf8");
    writeFileSync(kubeconfig, made.replaceAll(/\bisotherm\b/g, context), { mode: 0o600 });
    const images = JSON.parse(readFileSync(join(ownHome, "images.json"), "utf8")) as Record<
      string,
      string
    >;
    const pick = (...roles: string[]) =>
      Object.fromEntries(roles.map((role) => [role, images[role]]));
    nameContext("cluster", pick("envoy-gateway", "envoy"));
    nameContext("dev", pick("postgres", "s3", "mlflow", "training", "serving"));
    before = await clusterWide();
  });

  afterAll(removeOwnCluster);

  test("`npm start` makes no cluster, deploys to the one that is named, and is answered there", async () => {
    const { stdout } = await isotherm(["start", "--json"], onOwn);
    const line = String(stdout).trim().split("\n").at(-1) ?? "";
    const { predictions } = JSON.parse(line) as { predictions: { model: string }[] };
    expect(predictions.map(({ model }) => model)).toEqual(["wine"]);
    expect(existsSync(join(home, "kubeconfig"))).toBe(false);
    const outputs = await stackOutputs("dev");
    expect((await askWine(outputs)).status).toBe(200);
    expect(await clusterWide()).toContain(`NamespaceList ${outputs.namespace}`);
  });

  test("`npm run down` takes what the stacks made and leaves the cluster as it was", async () => {
    await isotherm(["down"], onOwn);
    expect(before.length).toBeGreaterThan(10);
    expect(await clusterWide()).toEqual(before);
    expect(existsSync(home)).toBe(false);
  });
});
