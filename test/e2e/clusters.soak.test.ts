// Environments on clusters of their own, by the same stack files: dev on this machine's, staging and prod on two that their
// files name by a context. Does not show a network between them that is slow or that fails.
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

const served = ["staging", "prod"] as const;
type Served = (typeof served)[number];

/** With every cluster's context in reach. */
const onAll = (line: string) =>
  shell(
    `export KUBECONFIG="$KUBECONFIG:${served.map((stack) => ownKubeconfig(`-${stack}`)).join(":")}"\n${line}`,
  );
const up = (stack: string) =>
  onAll(`pulumi up --stack ${stack} --yes --skip-preview --non-interactive`);

async function environmentsIn(file: string): Promise<string[]> {
  const config = new KubeConfig();
  config.loadFromFile(file);
  const { items } = await config.makeApiClient(CoreV1Api).listNamespace();
  const names = items.map(({ metadata }) => metadata?.name ?? "");
  return names.filter((name) => /^isotherm-(dev|staging|prod)$/.test(name));
}

describe.skipIf(obstacle() !== undefined)(suiteTitle("three clusters"), () => {
  let release: string;

  beforeAll(async () => {
    await cloneCheckout();
    await isotherm(["start"]);
    release = (await stackOutputs("dev")).models["wine"]?.release ?? "";
    for (const stack of served) {
      const images = await makeOwnCluster(`-${stack}`);
      const role = { "isotherm:role": "cluster" };
      writeFileSync(stackFile(`cluster-${stack}`), stringify({ config: role }));
      useOwnContext(`cluster-${stack}`, "cluster", images, `-${stack}`);
      useOwnContext(stack, "environment", images, `-${stack}`);
      setIn(stack, ["isotherm:models", "wine"], {
        gates: [{ metric: "accuracy", atLeast: 0.85 }],
      });
      await onAll(`pulumi stack init cluster-${stack} && pulumi stack init ${stack}`);
    }
  });

  afterAll(removeCheckout);

  test("an environment on a cluster that no stack of role cluster has made ready is refused at preview", async () => {
    for (const stack of served) {
      await expect(up(stack)).rejects.toThrow(/Gateway API|GatewayClass/);
      expect(await environmentsIn(ownKubeconfig(`-${stack}`))).toEqual([]);
    }
  });

  test("G-15 each environment comes up on the cluster that its file names, and on no other", async () => {
    for (const stack of served) {
      await up(`cluster-${stack}`);
      await up(stack);
    }
    for (const stack of served) {
      expect(await environmentsIn(ownKubeconfig(`-${stack}`))).toEqual([`isotherm-${stack}`]);
    }
    expect(await environmentsIn(kubeconfig)).toEqual(["isotherm-dev"]);
  });

  test("a release is promoted from one cluster to the next, and answers under the same digest", async () => {
    for (const stack of served) {
      expect(await onAll(`npm run -s promote -- wine --to ${stack}`)).toContain(
        `copied to ${stack}`,
      );
      await up(stack);
      await expectToServe(stack);
    }
  });

  test("once it is there, each serves and previews without dev's cluster", async () => {
    await isotherm(["down", "--keep-data"]);
    for (const stack of served) {
      await expectToServe(stack);
      const again = `pulumi preview --stack ${stack} --expect-no-changes --non-interactive`;
      expect(await onAll(again)).toMatch(/\d+ unchanged/);
    }
  });

  async function expectToServe(stack: Served): Promise<void> {
    const outputs = await stackOutputs(stack);
    expect(outputs.models["wine"]?.release).toBe(release);
    const response = await askWine(outputs);
    expect(response.status).toBe(200);
    expect(response.headers.get(headers.release)).toBe(release);
  }
});
