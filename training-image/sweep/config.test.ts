import { describe, expect, it } from "vitest";
import type { SweepStudy } from "../../contracts/sweep.ts";
import { FakePlatform } from "../testing/platform.ts";
import { declarations } from "../workloads/index.ts";
import { readSweepConfig, readTrialIndex } from "./config.ts";

const study: SweepStudy = {
  schema: "isotherm.dev/sweep/v1",
  name: "cellar",
  method: "random",
  trials: 4,
  seed: 1,
  metric: "accuracy",
  direction: "maximize",
  parameters: { learning_rate: { logUniform: [1e-3, 1e-1] }, hidden: { choice: [4, 8] } },
};
const platform = await new FakePlatform().start();
const run = platform.run({ name: "cellar", workload: "wine", params: { steps: 60 } });
await platform.stop();
const read = (changes: object = {}, environment = {}) =>
  readSweepConfig(
    {
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
      ISOTHERM_TRAINING_RUN: JSON.stringify(run),
      ISOTHERM_SWEEP: JSON.stringify({ ...study, ...changes }),
      ...environment,
    },
    declarations,
  );

describe("the configuration of a sweep", () => {
  it("is a study and the run that its trials share; the Job is the study", () => {
    const { study: found, training } = read({}, { ISOTHERM_JOB: "job-1" });
    expect(found).toEqual(study);
    expect(training.parameters).toMatchObject({ steps: 60, learning_rate: 0.02 });
    expect(training.job).toBe("job-1");
  });

  it("without a Job's name is another Job for another study", () => {
    expect(read().training.job).toBe(read().training.job);
    expect(read({ seed: 2 }).training.job).not.toBe(read().training.job);
  });

  it.each([
    ["no study", {}, { ISOTHERM_SWEEP: "" }, /^ISOTHERM_SWEEP is not set/],
    ["no JSON", {}, { ISOTHERM_SWEEP: "{" }, /^ISOTHERM_SWEEP is not JSON/],
    ["no trials", { trials: 0 }, {}, /^ISOTHERM_SWEEP\.trials: /],
    ["another name", { name: "other" }, {}, /\.name: is 'other', the run's is 'cellar'/],
    [
      "a metric that is not measured",
      { metric: "auc" },
      {},
      /\.metric: workload wine measures accuracy/,
    ],
    [
      "the wrong way",
      { direction: "minimize" },
      {},
      /\.direction: accuracy is declared as maximize/,
    ],
    [
      "a parameter that is not there",
      { parameters: { layers: { integer: [1, 2] } } },
      {},
      /\.parameters\.layers: workload wine has no such parameter/,
    ],
    [
      "a range that is too wide",
      { parameters: { learning_rate: { uniform: [0.5, 2] } } },
      {},
      /\.parameters\.learning_rate: 2: /,
    ],
    [
      "half a unit",
      { parameters: { hidden: { logUniform: [1, 64] } } },
      {},
      /\.parameters\.hidden: is a whole number/,
    ],
  ])("with %s is refused", (_, changes, environment, message) => {
    expect(() => read(changes, environment)).toThrow(message);
  });

  it("names every mistake of a study at once", () => {
    const mistakes = { metric: "auc", parameters: { layers: { integer: [1, 2] } } };
    expect(() => read(mistakes)).toThrow(/parameters\.layers.*ISOTHERM_SWEEP\.metric/);
  });

  it.each([[""], ["4"], ["-1"], ["one"], ["1.5"]])("has no trial '%s' of four", (text) => {
    expect(() => readTrialIndex({ JOB_COMPLETION_INDEX: text }, study)).toThrow(
      /JOB_COMPLETION_INDEX: is '.*', must be 0 to 3/,
    );
    expect(readTrialIndex({ JOB_COMPLETION_INDEX: "3" }, study)).toBe(3);
  });
});
