import { afterAll, beforeAll, beforeEach } from "vitest";
import { keepComparison } from "../../contracts/kept-comparison.ts";
import { Mlflow } from "../../contracts/mlflow.ts";
import { FakeMlflow } from "../../contracts/testing/fake-mlflow.ts";
import { freshEnvironment, targetWithRegistry } from "../../test/mock-target.ts";
import type { Declared } from "../../test/mocks.ts";
import { manifestWith, stored } from "../../test/releases.ts";
import { parseConfig } from "../config.ts";
import { declareEnvironment } from "../environment-stack.ts";
import { type Live, nothingLive } from "../live.ts";
import type { EnvironmentConfig } from "../schema.ts";

/** Three releases of wine, each a little better; the second was compared with the first. */
export const releases = [0.95, 0.96, 0.97].map((accuracy) => stored(manifestWith({ accuracy })));
export const [one = "", two = "", three = ""] = releases.map(({ digest }) => digest);

export const short = (digest: string) => digest.slice(0, 12);

export const canary = {
  blue: { release: short(one), weight: 90 },
  green: { release: short(two), from: "staging", weight: 10 },
  shadow: { release: three, from: "staging", percent: 50 },
};

/** Names of the records of releases. */
export const recordsOf = (resources: readonly Declared[]) =>
  resources
    .filter(({ type, name }) => type.endsWith(":ConfigMap") && /-release(-|$)/.test(name))
    .map(({ name }) => name);

/** prod against mocks, with a registry that has the three releases. */
export function useProd() {
  const registry = new FakeMlflow();
  beforeAll(async () => {
    await registry.listen();
    const mlflow = new Mlflow({ url: registry.url });
    const experiment = await mlflow.ensureExperiment("wine");
    await mlflow.ensureRegisteredModel("wine");
    for (const { digest, text } of releases) {
      const run = await mlflow.createRun(experiment, "wine", {});
      await mlflow.uploadArtifact(run, "model/release.json", text);
      const tags = { "isotherm.release": digest };
      await mlflow.createModelVersion({ name: "wine", source: "s", runId: run.info.run_id, tags });
    }
    await keepComparison(mlflow, {
      schema: "isotherm.dev/comparison/v1",
      model: "wine",
      dataSet: { name: "wine", version: "1", sha256: "d".repeat(64), rows: 36 },
      scorer: { workload: "wine", image: "training:1" },
      candidate: { release: two, metrics: { accuracy: 0.98 } },
      incumbent: { release: one, metrics: { accuracy: 0.97 } },
    });
  });
  afterAll(() => registry.close());

  /** What people were told. */
  const said: string[] = [];
  beforeEach(() => void (said.length = 0));

  const declareProd = (wine: Record<string, unknown>, live: Live = nothingLive) => {
    const config = parseConfig({
      "isotherm:role": "environment",
      "isotherm:target": { kind: "cluster" },
      "isotherm:models": { wine: { gates: [{ metric: "accuracy", atLeast: 0.85 }], ...wine } },
    }) as EnvironmentConfig;
    const say = (text: string) => said.push(text);
    const state = { ...freshEnvironment("prod"), live, say };
    return declareEnvironment(config, targetWithRegistry(registry.url), state);
  };
  return { registry, said, declareProd };
}
