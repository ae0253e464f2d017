import { afterAll, beforeAll, expect, test } from "vitest";
import { Mlflow } from "../contracts/mlflow.ts";
import type { Slot } from "../contracts/serving-config.ts";
import { FakeMlflow } from "../contracts/testing/fake-mlflow.ts";
import { freshEnvironment, programmedGateway, targetWithRegistry } from "../test/mock-target.ts";
import { declare, only, type Declared } from "../test/mocks.ts";
import { manifestWith, stored } from "../test/releases.ts";
import { parseConfig } from "./config.ts";
import { declareEnvironment } from "./environment-stack.ts";
import { nothingLive, type Live } from "./live.ts";
import type { EnvironmentConfig } from "./schema.ts";

// What a preview says of servers that go before new ones come, against mocks. How long they are gone, a cluster shows.

const registry = new FakeMlflow();
const { digest, text } = stored(manifestWith({ accuracy: 0.97 }));

beforeAll(async () => {
  await registry.listen();
  const mlflow = new Mlflow({ url: registry.url });
  await mlflow.ensureRegisteredModel("wine");
  const run = await mlflow.createRun(await mlflow.ensureExperiment("wine"), "wine", {});
  await mlflow.uploadArtifact(run, "model/release.json", text);
  const tags = { "isotherm.release": digest };
  await mlflow.createModelVersion({ name: "wine", source: "s", runId: run.info.run_id, tags });
});
afterAll(() => registry.close());

/** Declares prod with one slot that has all requests. */
async function prod(wine: Record<string, unknown>, live: Live = nothingLive) {
  const said: string[] = [];
  const gates = [{ metric: "accuracy", atLeast: 0.85 }];
  const config = parseConfig({
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    "isotherm:models": { wine: { blue: { release: digest }, gates, ...wine } },
  }) as EnvironmentConfig;
  const state = { ...freshEnvironment("prod"), live, say: (line: string) => void said.push(line) };
  const { resources } = await declare(
    () => declareEnvironment(config, targetWithRegistry(registry.url), state),
    programmedGateway,
  );
  return { resources, said };
}

function podOf(resources: readonly Declared[]): string {
  const { metadata } = only(resources, "kubernetes:apps/v1:Deployment", "wine-blue").inputs as {
    metadata: { annotations: Record<string, string> };
  };
  return metadata.annotations["isotherm.dev/pod"] ?? "";
}

test("`surge: replace` announces that a slot with requests gives no answers while its servers are made anew", async () => {
  const pod = podOf((await prod({})).resources);
  const slots = new Map([
    ["wine", new Map([["blue" as Slot, { release: digest, weight: 100, ready: 1, pod }]])],
  ]);
  const saidOf = async (wine: Record<string, unknown>) =>
    (await prod(wine, { ...nothingLive, slots })).said;
  const changed = { resources: { memory: "512Mi" } };
  expect(await saidOf({ surge: "replace" })).toEqual([]);
  expect(await saidOf({ surge: "replace", ...changed })).toEqual([
    "wine: blue, which has 100 % of the requests, gives no answers until its new servers are ready (`surge: replace`)",
  ]);
  expect(await saidOf(changed)).toEqual([]);
});
