import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { runtime } from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { Mlflow } from "../contracts/mlflow.ts";
import { tags } from "../contracts/names.ts";
import { FakeMlflow } from "../contracts/testing/fake-mlflow.ts";
import { declareCluster } from "../infra/cluster-stack.ts";
import { parseConfig } from "../infra/config.ts";
import { declareEnvironment } from "../infra/environment-stack.ts";
import { chooseImages, environmentRoles } from "../infra/images.ts";
import type { ClusterConfig, EnvironmentConfig } from "../infra/schema.ts";
import {
  freshEnvironment,
  mockTarget,
  programmedGateway,
  targetWithRegistry,
} from "../test/mock-target.ts";
import { declare, type Declared } from "../test/mocks.ts";
import { stored } from "../test/releases.ts";
import { policies } from "./policies.ts";
import { stackViolations, violations, type Asked } from "./testing/ask.ts";
import { manifestOfWine } from "./testing/releases.ts";

// What the platform itself declares, under its own policies.
const registry = new FakeMlflow();
const [incumbent, candidate] = [0.95, 0.97].map((accuracy) =>
  stored(manifestOfWine({ metrics: { accuracy } })),
) as [ReturnType<typeof stored>, ReturnType<typeof stored>];

beforeAll(async () => {
  await registry.listen();
  const mlflow = new Mlflow({ url: registry.url });
  await mlflow.ensureRegisteredModel("wine");
  for (const { digest, text } of [incumbent, candidate]) {
    const run = await mlflow.createRun(await mlflow.ensureExperiment("wine"), digest, {});
    await mlflow.uploadArtifact(run, "model/release.json", text);
    const version = { [tags.release]: digest, [tags.training]: "wine", [tags.from]: "staging" };
    await mlflow.createModelVersion({
      name: "wine",
      source: digest,
      runId: run.info.run_id,
      tags: version,
    });
  }
});

afterEach(() => runtime.setAllConfig({}));
afterAll(() => registry.close());

function stackFile(stack: string): Record<string, unknown> {
  const text = readFileSync(join(import.meta.dirname, `../stacks/Pulumi.${stack}.yaml`), "utf8");
  return (parse(text) as { config: Record<string, unknown> }).config;
}

const models = {
  wine: {
    blue: { release: incumbent.digest, from: "staging", weight: 90 },
    green: { release: candidate.digest, from: "staging", weight: 10 },
    shadow: { release: candidate.digest, from: "staging" },
    scale: { min: 2, max: 4 },
    gates: [{ metric: "accuracy", atLeast: 0.9 }],
  },
};

/** What the CLI hands to the pack of prod's committed stack file, changed in some keys. */
function setStackFile(change: Record<string, unknown> = {}): void {
  const values = { ...stackFile("prod"), "isotherm:models": models, ...change };
  const texts = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  runtime.setAllConfig(Object.fromEntries(texts) as Record<string, string>);
}

/** Resources of prod with a model in every slot, by its committed stack file. */
async function prod(
  change: Record<string, unknown> = {},
  place: Partial<ReturnType<typeof mockTarget>> = {},
): Promise<Declared[]> {
  const config = parseConfig({ ...stackFile("prod"), "isotherm:models": models, ...change });
  const { resources } = await declare(
    () =>
      declareEnvironment(
        config as EnvironmentConfig,
        { ...targetWithRegistry(registry.url), ...place },
        freshEnvironment("prod"),
      ),
    programmedGateway,
  );
  return resources;
}

/** Every message of the pack, after the name of its policy. */
async function said(resources: readonly Declared[], stack: string): Promise<string[]> {
  const whole = resources.map(({ type, name, inputs, protect = false }): Asked => ({
    type,
    name,
    props: inputs,
    protect,
  }));
  const messages: string[] = [];
  for (const policy of policies) {
    if ("validateStack" in policy) {
      const own = await stackViolations(policy as StackValidationPolicy, whole, { stack });
      messages.push(...own.map((message) => `${policy.name}: ${message}`));
      continue;
    }
    for (const resource of whole) {
      const own = await violations(policy as ResourceValidationPolicy, resource, { stack });
      messages.push(...own.map((message) => `${policy.name}: ${message}`));
    }
  }
  return messages;
}

describe("the platform under its own policies", () => {
  test("prod with two slots, a shadow and an autoscaler keeps to all of them", async () => {
    setStackFile();
    const resources = await prod();
    expect(resources.filter(({ type }) => type.endsWith(":ConfigMap")).length).toBeGreaterThan(4);
    expect(await said(resources, "prod")).toEqual([]);
  });

  test("prod with backups keeps to all of them; without a reason for none it is refused", async () => {
    const destination = {
      endpoint: "https://s3.example",
      bucket: "backups",
      secret: "backup-keys",
    };
    const backup = { "isotherm:backup": { schedule: "30 1 * * *", destination } };
    setStackFile(backup);
    expect(await said(await prod(backup), "prod")).toEqual([]);
    const none = { "isotherm:backup": undefined };
    setStackFile({ "isotherm:backup": {} });
    expect(await said(await prod(none), "prod")).toEqual([
      expect.stringContaining("backup-configured: the registry of isotherm-prod has no backup"),
    ]);
  });

  test("prod whose volumes are not protected is refused, each by name", async () => {
    setStackFile();
    const registryConfig = stackFile("prod")["isotherm:registry"] as object;
    const change = { "isotherm:registry": { ...registryConfig, protect: false } };
    expect(await said(await prod(change), "prod")).toEqual([
      "protected-data: PersistentVolumeClaim registry-db-data: keeps data and is not protected",
      "protected-data: PersistentVolumeClaim registry-s3-data: keeps data and is not protected",
    ]);
  });

  test("prod on a named cluster is refused the images that have a tag only, and with digests keeps to all of them", async () => {
    const onNamedCluster = async (images: Record<string, string>) => {
      setStackFile({ "isotherm:images": images });
      const overrides = { ...ours, ...images };
      const chosen = chooseImages(environmentRoles, {
        overrides,
        built: undefined,
        pullsPublic: true,
      });
      return said(await prod({}, { images: { ...mockTarget().images, ...chosen } }), "prod");
    };
    const digest = `sha256:${"0".repeat(64)}`;
    const ours = Object.fromEntries(
      ["mlflow", "training", "serving"].map((role) => [role, `registry.example/${role}@${digest}`]),
    );
    const refused = await onNamedCluster({});
    expect(refused.map((line) => /`(isotherm:images\.\w+)/.exec(line)?.[1])).toEqual([
      "isotherm:images.postgres",
      "isotherm:images.s3",
    ]);
    for (const line of refused) expect(line).toMatch(/^images-by-digest: container/);
    const fixed = { postgres: `postgres@${digest}`, s3: `versity/versitygw@${digest}` };
    expect(await onNamedCluster(fixed)).toEqual([]);
  });

  test("K-02 so do servers with a GPU of a pool, and without a pool they do not", async () => {
    const onGpu = (gpu: object) => ({ wine: { ...models.wine, gpu } });
    setStackFile({ "isotherm:models": onGpu({}) });
    const change = (gpu: object) => ({
      "isotherm:gpuPools": { inference: { card: "l4" } },
      "isotherm:images": { serving: `r/serving-cuda@sha256:${"0".repeat(64)}` },
      "isotherm:models": onGpu(gpu),
    });
    expect(await said(await prod(change({ pool: "inference" })), "prod")).toEqual([]);
    const anywhere = await said(await prod(change({ pool: "any" })), "prod");
    expect(anywhere).toHaveLength(3);
    for (const message of anywhere) {
      expect(message).toMatch(/^gpu-placement: .*names no pool of nodes/);
    }
  });

  test.each([{}, { server: "install" }])(
    "stack cluster keeps to all of them, metrics %j",
    async (metrics) => {
      const config = parseConfig({
        ...stackFile("cluster"),
        "isotherm:metrics": metrics,
      }) as ClusterConfig;
      const { resources } = await declare(() => declareCluster(config, mockTarget()));
      expect(resources.length).toBeGreaterThan(5);
      expect(await said(resources, "cluster")).toEqual([]);
    },
  );

  test("a gate that the program was not asked refuses prod's candidate and incumbent", async () => {
    const stricter = { wine: { ...models.wine, gates: [{ metric: "accuracy", above: 0.97 }] } };
    setStackFile({ "isotherm:models": stricter });
    const short = [incumbent, candidate].map(({ digest }) => digest.slice(0, 12));
    // Which of the two is read from the registry first is anybody's guess.
    expect((await said(await prod(), "prod")).toSorted()).toEqual(
      [
        `release-gates: release-wine-${short[0]}: gates 0/1: accuracy 0.95 is not > 0.97`,
        `release-gates: release-wine-${short[1]}: gates 0/1: accuracy 0.97 is not > 0.97`,
      ].toSorted(),
    );
  });
});
