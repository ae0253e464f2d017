import { describe, expect, it } from "vitest";
import { jobVariable, trainingRunVariable } from "../../contracts/training-run.ts";
import { BadInputError } from "../workloads/errors.ts";
import { declarations } from "../workloads/index.ts";
import { readTrainingConfig } from "./config.ts";

const run = {
  schema: "isotherm.dev/training-run/v1",
  name: "wine",
  workload: "wine",
  params: { hidden: 8 },
  environment: "dev",
  gitCommit: "abc",
  image: "training:1",
  registry: "http://mlflow:5000",
  objects: { endpoint: "http://s3:7070", region: "us-east-1", bucket: "isotherm" },
};
const trainer = { image: "me/trainer:1", metrics: { accuracy: "maximize" } };
const secrets = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "the-secret" };
const parse = (value: unknown, others: Record<string, string> = secrets) =>
  readTrainingConfig(
    { ...others, [trainingRunVariable]: typeof value === "string" ? value : JSON.stringify(value) },
    declarations,
  );

describe("readTrainingConfig", () => {
  it("fills in the defaults of the workload's parameters", () => {
    const { parameters, credentials } = parse(run);
    expect(parameters).toMatchObject({ hidden: 8, steps: 200, seed: 42 });
    expect(credentials).toEqual({ accessKeyId: "id", secretAccessKey: "the-secret" });
  });

  it("takes the Job's name where it is given; without one, equal runs are the same Job", () => {
    expect(parse(run, { ...secrets, [jobVariable]: "train-29" }).job).toBe("train-29");
    const reordered = Object.fromEntries(Object.entries(run).reverse());
    expect(parse(reordered).job).toBe(parse(run).job);
    expect(parse({ ...run, gitCommit: "def" }).job).not.toBe(parse(run).job);
  });

  it.each([
    ["no run", "", /ISOTHERM_TRAINING_RUN is not set/],
    ["no JSON", "{", /ISOTHERM_TRAINING_RUN is not JSON/],
    [
      "an unknown workload",
      { ...run, workload: "beer" },
      /workload: 'beer' is unknown, there is .*wine/,
    ],
    ["an unknown parameter", { ...run, params: { hiden: 1 } }, /params: .*hiden/],
    ["a parameter out of range", { ...run, params: { hidden: 0 } }, /params\.hidden: .*>=1/],
    ["a parameter of another type", { ...run, params: { steps: "many" } }, /params\.steps: /],
    ["an unknown key", { ...run, colour: "red" }, /ISOTHERM_TRAINING_RUN: .*colour/],
    [
      "a data set without a version",
      { ...run, dataSet: "wine" },
      /dataSet: must be <name>@<version>/,
    ],
    ["a trainer without a data set", { ...run, trainer }, /dataSet: is needed/],
    [
      "a trainer that promises no metric",
      { ...run, dataSet: "wine@1", trainer: { ...trainer, metrics: {} } },
      /trainer\.metrics: needs at least one/,
    ],
    ["no endpoint", { ...run, objects: { ...run.objects, endpoint: "s3" } }, /objects\.endpoint: /],
  ])("refuses %s and names the path", (_, value, message) => {
    expect(() => parse(value)).toThrow(BadInputError);
    expect(() => parse(value)).toThrow(message);
  });

  it("X-01 leaves the parameters of a trainer to the trainer, whatever they are called", () => {
    const params = { depth: 3, balanced: true };
    const asked = { ...run, workload: "mine", dataSet: "wine@1", params, trainer };
    expect(parse(asked).run.params).toEqual(params);
    expect(parse(asked).job).not.toBe(parse({ ...asked, dataSet: "wine@2" }).job);
  });

  it("refuses a Job's name that could not be asked for", () => {
    const quoted = { ...secrets, [jobVariable]: "a' OR 1=1" };
    expect(() => parse(run, quoted)).toThrow("ISOTHERM_JOB: must be");
  });

  it("collects all mistakes, and never repeats a secret", () => {
    const halfSecret = { AWS_SECRET_ACCESS_KEY: "the-secret" };
    const problem = () => parse({ ...run, params: { hidden: 0, steps: 0 } }, halfSecret);
    expect(problem).toThrow(/AWS_ACCESS_KEY_ID is not set.*params\.hidden.*params\.steps/);
    expect(problem).not.toThrow("the-secret");
  });
});
