// What a stack file can ask of training, on real pods. Does not prove the same on a GPU, nor that a training that went on
// comes to the same bits: training-image/interruptions.test.ts does.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { checkout, obstacle, shell, stackOutputs, suiteTitle } from "./platform.ts";
import { manifestsOf } from "./registry.ts";

const stackFile = join(checkout, "stacks/Pulumi.dev.yaml");
const up = "pulumi up --stack dev --yes --skip-preview --non-interactive";

const trainings = {
  struck: { workload: "wine", onUp: "start", params: { steps: 100_000 } },
  study: {
    workload: "wine",
    onUp: "await",
    sweep: {
      method: "grid",
      metric: "log_loss",
      parallelism: 2,
      parameters: { hidden: { choice: [4, 16] }, learning_rate: { choice: [0.0005, 0.02] } },
    },
  },
};

describe.skipIf(obstacle() !== undefined)(suiteTitle("trainings in the stack file"), () => {
  let before: string;
  let namespace: string;

  beforeAll(async () => {
    before = readFileSync(stackFile, "utf8");
    const document = parseDocument(before);
    for (const [name, training] of Object.entries(trainings)) {
      document.setIn(["config", "isotherm:training", name], training);
    }
    writeFileSync(stackFile, document.toString());
    ({ namespace } = await stackOutputs("dev"));
  });

  afterAll(async () => {
    writeFileSync(stackFile, before);
    await shell(up);
  });

  const logs = (job: string, options = "") =>
    shell(`kubectl -n ${namespace} logs --all-containers ${options} job/${job}`);

  async function jobOf(training: string): Promise<string> {
    const names = await shell(`kubectl -n ${namespace} get jobs -o name`);
    const found = names.split("\n").find((name) => name.includes(`/train-${training}-`));
    return found?.replace(/^.*\//, "") ?? "";
  }

  test("K-10 a sweep's pods share one study, and its best trial is registered, once", async () => {
    await shell(up);
    const manifests = await manifestsOf("dev", namespace, "study");
    expect(manifests).toHaveLength(1);
    const [best] = manifests;
    expect(best?.evidence.params).toMatchObject({ learning_rate: 0.02 });
    expect(best?.evidence.metrics["log_loss"]).toBeLessThan(0.2);
  });

  test("T-08 a training whose pod is evicted goes on from its checkpoint and registers one version", async () => {
    const job = await jobOf("struck");
    const pods = `kubectl -n ${namespace} get pods -l job-name=${job}`;
    const isTraining = async () => (await logs(job)).includes('"step":"validate"');
    while (!(await isTraining())) await sleep(200);
    await shell(`${pods} -o name | xargs kubectl -n ${namespace} delete --wait=true`);
    await shell(`kubectl -n ${namespace} wait --for=condition=complete --timeout=900s job/${job}`);
    expect(await logs(job)).toMatch(/the training goes on after step \d+/);
    expect(await manifestsOf("dev", namespace, "struck")).toHaveLength(1);
  });
});
