// Environments on clusters of their own, by the same stack files: dev on this machine's, staging on one that its file
// names by a context. Does not show a network between them that is slow or that fails.
import { writeFileSync } from "node:fs";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { headers } from "../../contracts/names.ts";
import { makeOwnCluster, ownKubeconfig, useOwnContext } from "./own-context.ts";
import {
  askWine,
  cloneCheckout,
  isotherm,
  kubeconfig,
  obstacle,
  removeCheckout,
  shell,
  stackOutputs,
  suiteTitle,
} from "./platform.ts";
import { setIn, stackFile } from "./stack-files.ts";

/** With both clusters' contexts in reach. */
const onBoth = (line: string) => shell(`export KUBECONFIG="$KUBECONFIG:${ownKubeconfig}"\n${line}`);
const up = (stack: string) =>
  onBoth(`pulumi up --stack ${stack} --yes --skip-preview --non-interactive`);

async function environmentsIn(file: string): Promise<string[]> {
  const config = new KubeConfig();
  config.loadFromFile(file);
  const { items } = await config.makeApiClient(CoreV1Api).listNamespace();
  const names = items.map(({ metadata }) => metadata?.name ?? "");
  return names.filter((name) => /^isotherm-(dev|staging|prod)$/.test(name));
}

describe.skipIf(obstacle() !== undefined)(suiteTitle("two clusters"), () => {
  let release: string;

  beforeAll(async () => {
    await cloneCheckout();
    await isotherm(["start"]);
    release = (await stackOutputs("dev")).models["wine"]?.release ?? "";
    const images = await makeOwnCluster();
    const role = { "isotherm:role": "cluster" };
    writeFileSync(stackFile("cluster-own"), stringify({ config: role }));
    useOwnContext("cluster-own", "cluster", images);
    useOwnContext("staging", "environment", images);
    setIn("staging", ["isotherm:models", "wine"], {
      gates: [{ metric: "accuracy", atLeast: 0.85 }],
    });
    await onBoth("pulumi stack init cluster-own && pulumi stack init staging");
  });

  afterAll(removeCheckout);

  test("an environment on a cluster that no stack of role cluster has made ready is refused at preview", async () => {
    await expect(up("staging")).rejects.toThrow(/Gateway API|GatewayClass/);
    expect(await environmentsIn(ownKubeconfig)).toEqual([]);
  });

  test("G-15 each environment comes up on the cluster that its file names, and on no other", async () => {
    await up("cluster-own");
    await up("staging");
    expect(await environmentsIn(ownKubeconfig)).toEqual(["isotherm-staging"]);
    expect(await environmentsIn(kubeconfig)).toEqual(["isotherm-dev"]);
  });

  test("a release is promoted from one cluster to the other, and answers under the same digest", async () => {
    expect(await onBoth("npm run -s promote -- wine --to staging")).toContain("copied to staging");
    await up("staging");
    await expectStagingToServe();
  });

  test("once it is there, staging serves and previews without dev's cluster", async () => {
    await isotherm(["down", "--keep-data"]);
    await expectStagingToServe();
    const again = "pulumi preview --stack staging --expect-no-changes --non-interactive";
    expect(await onBoth(again)).toMatch(/\d+ unchanged/);
  });

  async function expectStagingToServe(): Promise<void> {
    const outputs = await stackOutputs("staging");
    expect(outputs.models["wine"]?.release).toBe(release);
    const response = await askWine(outputs);
    expect(response.status).toBe(200);
    expect(response.headers.get(headers.release)).toBe(release);
  }
});
