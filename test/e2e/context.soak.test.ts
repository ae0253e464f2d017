// A kube context that the stack files name: a cluster that is the user's, where only what the stacks made may go.
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  ApiextensionsV1Api,
  CoreV1Api,
  KubeConfig,
  RbacAuthorizationV1Api,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withoutPlatform } from "../../embedded/environment.ts";
import { makeOwnCluster, ownKubeconfig, useOwnContext } from "./own-context.ts";
import {
  askWine,
  cloneCheckout,
  home,
  isotherm,
  obstacle,
  removeOwnClusters,
  stackOutputs,
  suiteTitle,
} from "./platform.ts";

const onOwn = { env: { ...withoutPlatform(process.env), KUBECONFIG: ownKubeconfig() } };

/** Names of what is there once for the whole cluster. */
async function clusterWide(): Promise<string[]> {
  const config = new KubeConfig();
  config.loadFromFile(ownKubeconfig());
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
    const images = await makeOwnCluster();
    useOwnContext("cluster", "cluster", images);
    useOwnContext("dev", "environment", images);
    before = await clusterWide();
  });

  afterAll(removeOwnClusters);

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
