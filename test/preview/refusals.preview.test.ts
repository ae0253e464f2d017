// What `pulumi preview` and `npm start` say where they cannot go on, by the real CLI and the real program. No cluster is
// needed, so nothing here shows what a preview says of a cluster that answers: the end-to-end layer does.
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressPlan } from "../../embedded/cluster/addresses.ts";
import { ensureCertificates } from "../../embedded/cluster/certificates.ts";
import { Checkout, obstacle, suiteTitle } from "./checkout.ts";

const sound = {
  "isotherm:target": { kind: "cluster" },
  "isotherm:training": { wine: { workload: "wine" } },
  "isotherm:models": {
    wine: { blue: { follow: "wine" }, gates: [{ metric: "accuracy", atLeast: 0.85 }] },
  },
  "isotherm:images": {},
};

const mistaken = {
  "isotherm:target": { kind: "aws" },
  "isotherm:training": { wine: { workload: "wine", params: { hidden: 99_999, stps: 3 } } },
  "isotherm:models": {
    wine: {
      blue: { follow: "wine", weight: 50 },
      gates: [{ metric: "acuracy", atLeast: 0.85 }],
      replicas: 2,
    },
  },
  "isotherm:images": { serving: "registry.example/serving:latest" },
};

const mistakes = [
  'isotherm:target.kind: "aws" is not built yet; use "cluster"',
  "isotherm:training.wine.params.hidden: Too big",
  "isotherm:training.wine.params.stps: workload wine has no such parameter; it has hidden, steps",
  "isotherm:models.wine.blue.weight: must be 100",
  'isotherm:models.wine.gates[0].metric: workload wine logs no metric "acuracy"; it logs accuracy',
  "isotherm:models.wine.replicas: unknown key",
  "isotherm:images.serving: must end in a tag that is not latest",
];

/** The CLI wraps no lines, but indents what it quotes. */
function expectEveryMistake(output: string): void {
  for (const mistake of mistakes) expect(output).toContain(mistake);
  expect(output).toContain(
    `${mistakes.length} mistakes in the stack's config, nothing was touched`,
  );
  expect(output).not.toMatch(/^\s+at .*\.(ts|js):\d+/m);
}

/** Address of a server that was there and is gone. */
async function deadServer(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return `https://127.0.0.1:${port}`;
}

function kubeconfigOf(context: string, server: string, authority?: string): string {
  const entry = (content: object) => [{ name: context, ...content }];
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: entry({
      cluster: { server, ...(authority && { "certificate-authority-data": authority }) },
    }),
    users: entry({ user: { token: "none" } }),
    contexts: entry({ context: { cluster: context, user: context } }),
  });
}

const preview = "pulumi preview --stack dev --non-interactive --color never";

describe.skipIf(obstacle() !== undefined)(suiteTitle("without a cluster"), () => {
  const checkout = new Checkout();

  beforeAll(async () => {
    await checkout.make();
    const init = await checkout.shell("pulumi stack init dev --non-interactive");
    expect(init.output).toContain("Created stack");
  });

  afterAll(() => checkout.remove());

  test("U-09 a preview names every mistake of a stack file with its path, a gate on an unknown metric too", async () => {
    checkout.configure("dev", mistaken);
    const { exitCode, output } = await checkout.shell(preview);
    expect(exitCode).not.toBe(0);
    expectEveryMistake(output);
  });

  test("an `up` of a mistaken stack file makes no resource", async () => {
    checkout.configure("dev", mistaken);
    const up = "pulumi up --stack dev --yes --skip-preview --non-interactive --color never";
    const { exitCode, output } = await checkout.shell(up);
    expect(exitCode).not.toBe(0);
    expectEveryMistake(output);
    const made = (await checkout.resources("dev")).filter(
      (resource) => !resource.startsWith("pulumi:pulumi:Stack::"),
    );
    expect(made).toEqual([]);
  });

  test("`npm start` on a mistaken stack file names the same, and touches nothing", async () => {
    checkout.configure("dev", mistaken);
    const home = join(dirname(checkout.folder), "fresh-home");
    const { exitCode, output } = await checkout.isotherm("start", home);
    expect(exitCode).toBe(1);
    expect(output).toContain("stacks/Pulumi.dev.yaml: ");
    expectEveryMistake(output);
    expect(output).not.toContain("Tools");
    expect(readdirSync(home).filter((name) => name !== "logs")).toEqual([]);
    expect(checkout.hasCluster()).toBe(false);
  });

  test("without a cluster, a preview says how to get one", async () => {
    checkout.configure("dev", sound);
    const { exitCode, output } = await checkout.shell(preview);
    expect(exitCode).not.toBe(0);
    expect(output).toContain("no cluster: run `npm start`");
    expect(output).toContain("or name a kube context under isotherm:target");
  });

  test("a context that is in no kubeconfig is named, with those there are", async () => {
    checkout.configure("dev", {
      ...sound,
      "isotherm:target": { kind: "cluster", context: "nowhere" },
    });
    const KUBECONFIG = join(dirname(checkout.folder), "kubeconfig");
    writeFileSync(KUBECONFIG, kubeconfigOf("elsewhere", await deadServer()));
    const { exitCode, output } = await checkout.shell(preview, { KUBECONFIG });
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/no kube context is called "nowhere" in .*; there is elsewhere/);
  });

  test("a cluster that does not answer is named with its address, and what to do", async () => {
    checkout.configure("dev", sound);
    const kubeconfig = join(checkout.home, "kubeconfig");
    const images = ["postgres", "s3", "mlflow", "training", "serving"].map((role) => [
      role,
      "r/i:1",
    ]);
    const server = await deadServer();
    const pki = join(checkout.home, "pki");
    await ensureCertificates(pki, addressPlan(0), "node", new Date());
    const authority = readFileSync(join(pki, "ca.crt")).toString("base64");
    writeFileSync(kubeconfig, kubeconfigOf("isotherm", server, authority));
    writeFileSync(join(checkout.home, "images.json"), JSON.stringify(Object.fromEntries(images)));
    const { exitCode, output } = await checkout.shell(preview);
    expect(exitCode).not.toBe(0);
    expect(output).toContain(
      `the cluster of context isotherm (${server}) does not answer: connect ECONNREFUSED`,
    );
    expect(output).toContain("run `npm start`");
  });
});
