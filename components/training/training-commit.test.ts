import { expect, test } from "vitest";
import { describeTraining } from "../../serving-image/src/record/describe/jobs.ts";
import { SeenObject } from "../../serving-image/src/record/seen-object.ts";
import { declare, only } from "../../test/mocks.ts";
import { wineTraining } from "../../test/trainings.ts";
import type { TrainingDefinition } from "./training-definition.ts";
import { TrainingJob } from "./training-job.ts";

const image = `registry.example/scores@sha256:${"0".repeat(64)}`;

/** What the ledger's recorder says of the Job of a training, as the program declares it. */
async function recorded(change: Partial<TrainingDefinition>) {
  const { resources } = await declare(
    () => new TrainingJob("train", { ...wineTraining(change), wait: false }),
  );
  const { metadata, spec } = only(resources, "kubernetes:batch/v1:Job", "train").inputs;
  const inCluster = {
    uid: "1",
    resourceVersion: "1",
    creationTimestamp: "2026-11-01T10:00:00Z",
    managedFields: [],
  };
  const object = { metadata: { ...(metadata as object), ...inCluster }, spec };
  return describeTraining(SeenObject.parse(object)).change;
}

test.each([
  ["a workload", {}],
  [
    "a trainer of one's own",
    { trainer: { image, metrics: { auc: "maximize" } }, dataSet: "clicks@2026-01" },
  ],
] as [string, Partial<TrainingDefinition>][])(
  "the ledger gets the commit that a training by %s trains from",
  async (_, change) => {
    const gitCommit = `${"c".repeat(40)}-dirty`;
    expect(await recorded({ ...change, gitCommit })).toMatchObject({
      kind: "training",
      to: { phase: "running" },
      commit: gitCommit,
    });
  },
);

test("a Job that says no commit, or no JSON, has an entry without one", () => {
  const entryOf = (env: unknown) => {
    const metadata = {
      ...{ name: "train-wine", uid: "1", resourceVersion: "1" },
      creationTimestamp: "2026-11-01T10:00:00Z",
    };
    const spec = { template: { spec: { containers: [{ name: "train", env }] } } };
    return describeTraining(SeenObject.parse({ metadata, spec })).change;
  };
  const variable = (value: string) => [{ name: "ISOTHERM_TRAINING_RUN", value }];
  expect(entryOf(variable('{"gitCommit":"c0ffee"}'))).toHaveProperty("commit", "c0ffee");
  for (const env of [undefined, [], variable("{"), variable("{}"), variable("null")]) {
    expect(entryOf(env)).not.toHaveProperty("commit");
  }
});
