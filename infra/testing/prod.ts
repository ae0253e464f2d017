import { afterAll, beforeAll, beforeEach } from "vitest";
import { keepComparison } from "../../contracts/kept-comparison.ts";
import { Mlflow } from "../../contracts/mlflow.ts";
import { FakeMlflow } from "../../contracts/testing/fake-mlflow.ts";
import { freshEnvironment, programmedGateway, targetWithRegistry } from "../../test/mock-target.ts";
import { declare, type Declared } from "../../test/mocks.ts";
import { comparisonOf, manifestWith, stored } from "../../test/releases.ts";
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
    await keepComparison(mlflow, comparisonOf({ candidate: two, incumbent: one }, [0.98, 0.97]));
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
  /** What is wrong by the stack file alone, and what was declared nevertheless. */
  const declareWrong = (wine: Record<string, unknown>, live: Live) =>
    declare(() => {
      try {
        declareProd(wine, live);
      } catch (error) {
        return String(error);
      }
      return "nothing was wrong";
    }, programmedGateway);
  return { registry, said, declareProd, declareWrong };
}
