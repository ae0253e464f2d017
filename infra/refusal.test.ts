import { afterEach, beforeEach, expect, test } from "vitest";
import { Mlflow } from "../contracts/mlflow.ts";
import { BlobMissingError } from "../contracts/release-store.ts";
import { FakeMlflow } from "../contracts/testing/fake-mlflow.ts";
import { declare, declareFailing, type Declared } from "../test/mocks.ts";
import { freshEnvironment, mockTarget, programmedGateway } from "../test/mock-target.ts";
import { manifestWith, stored } from "../test/releases.ts";
import { parseConfig } from "./config.ts";
import { declareEnvironment } from "./environment-stack.ts";
import type { EnvironmentConfig } from "./schema.ts";

// A whole environment against mocks and a registry whose releases its gates refuse. Does not prove what Pulumi's
// engine then does with resources that were there before: the end-to-end layer looks at that.

let registry: FakeMlflow;

beforeEach(async () => {
  registry = await new FakeMlflow().listen();
});
afterEach(() => registry.close());

/** Registers a version of wine for each loss, as its training does. */
async function register(...losses: readonly number[]): Promise<void> {
  const mlflow = new Mlflow({ url: registry.url });
  const experiment = await mlflow.ensureExperiment("wine");
  await mlflow.ensureRegisteredModel("wine");
  for (const log_loss of losses) {
    const { digest, text } = stored(manifestWith({ accuracy: 0.97, log_loss }));
    const run = await mlflow.createRun(experiment, "wine", {});
    await mlflow.uploadArtifact(run, "model/release.json", text);
    const tags = { "isotherm.release": digest, "isotherm.training": "wine" };
    await mlflow.createModelVersion({ name: "wine", source: "s", runId: run.info.run_id, tags });
  }
}

/** dev with two gates: accuracy at least 0.85, and a log loss strictly below 0.001. */
function declareDev(
  openTunnel = () => Promise.resolve(registry.url),
  place: Partial<ReturnType<typeof mockTarget>> = {},
) {
  const gates = [
    { metric: "accuracy", atLeast: 0.85 },
    { metric: "log_loss", below: 0.001 },
  ];
  const config = parseConfig({
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    "isotherm:training": { wine: { workload: "wine" } },
    "isotherm:models": { wine: { blue: { follow: "wine" }, gates } },
  }) as EnvironmentConfig;
  const target = mockTarget({
    openTunnel: async () => ({ url: await openTunnel(), close: () => undefined }),
    ...place,
  });
  return declareEnvironment(config, target, freshEnvironment("dev"));
}

const namesOf = (resources: readonly Declared[], kind: string) =>
  resources.filter(({ type }) => type.endsWith(`:${kind}`)).map(({ name }) => name);

test("G-01 a release strictly below the bound is served", async () => {
  await register(0.000999);
  const { resources } = await declare(() => declareDev(), programmedGateway);
  expect(namesOf(resources, "Deployment")).toContain("wine-blue");
  expect(namesOf(resources, "ConfigMap")).toContain("wine-release");
});

test("G-01 a release whose value equals a strict bound fails the stack, and no server of it is declared", async () => {
  await register(0.001);
  const { messages, resources } = await declareFailing(() => declareDev(), programmedGateway);
  expect(messages).toEqual([
    expect.stringMatching(
      /^model wine: .*\n {2}version 1 \([0-9a-f]{12}, run \w+\): gates 1\/2: log_loss 0.001 is not < 0.001$/,
    ),
  ]);
  expect(namesOf(resources, "Deployment")).not.toContain("wine-blue");
  expect(namesOf(resources, "ConfigMap")).not.toContain("wine-release");
});

test("G-01 where several are refused, the verdict on each is shown, and the training stays declared", async () => {
  await register(0.5, 0.001);
  const { messages, resources } = await declareFailing(() => declareDev(), programmedGateway);
  const verdicts = messages.flatMap((message) => message.match(/log_loss .*/g) ?? []);
  expect(verdicts).toEqual(["log_loss 0.001 is not < 0.001", "log_loss 0.5 is not < 0.001"]);
  expect(namesOf(resources, "Deployment")).not.toContain("wine-blue");
  expect(namesOf(resources, "Job")).toContain("train-wine");
});

test("a release whose file the object store has not, or not any more as it was, is refused before servers are declared", async () => {
  await register(0.0001);
  const gone = () => Promise.reject(new BlobMissingError("a".repeat(64)));
  const { messages, resources } = await declareFailing(
    () =>
      declareDev(undefined, {
        openReleases: async (...place) => {
          const { reader, close } = await mockTarget().openReleases(...place);
          return { reader: { ...reader, file: gone }, close };
        },
      }),
    programmedGateway,
  );
  expect(messages.join()).toContain(
    `servers could not load model.onnx: blob ${"a".repeat(12)} is not in the object store`,
  );
  expect(namesOf(resources, "Deployment")).not.toContain("wine-blue");
});

test("a registry that cannot be read fails the stack: nothing is served unjudged", async () => {
  await register(0.0001);
  const { messages, resources } = await declareFailing(
    () => declareDev(() => Promise.reject(new Error("no pod is ready"))),
    programmedGateway,
  );
  expect(messages).toEqual(["model wine: the registry of dev cannot be read: no pod is ready"]);
  expect(namesOf(resources, "Deployment")).not.toContain("wine-blue");
});
