// What befalls Jobs on a real cluster, and takes longer than `npm test` has time for.
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { buckets } from "../../contracts/names.ts";
import { ensureImages } from "../../embedded/images/index.ts";
import { wineTable } from "../run-contract/wine-table.ts";
import { pushTable, withObjects } from "./objects.ts";
import {
  checkout,
  cloneCheckout,
  isotherm,
  obstacle,
  removeCheckout,
  shell,
  stackOutputs,
  suiteTitle,
} from "./platform.ts";
import { readPredictions } from "./predictions.ts";
import { manifestsOf } from "./registry.ts";

/** So many times the 178 bottles: some thirty parts of a batch. */
const times = 1_700;
const kills = 3;
const abandoned = "checkpoints/gone/train-gone-0123456789.a";

const foreign = (image: string, command: string[]) => ({
  image,
  command,
  dataSet: "cellar@1",
  params: { C: 0.5 },
  metrics: { accuracy: "maximize", log_loss: "minimize" },
});

const trainings = (image: string) => ({
  vintage: { ...foreign(image, ["python", "/app/train_wine.py"]), onUp: "start" },
  // Is still at work when it is due again.
  steady: {
    ...foreign(image, ["sh", "-c", "sleep 75; exec python /app/train_wine.py"]),
    onUp: "never",
    schedule: "* * * * *",
    timeZone: "Europe/Helsinki",
  },
  quick: { workload: "wine", onUp: "start", params: { steps: 100 } },
  killed: {
    workload: "wine",
    onUp: "start",
    retries: 2 * kills,
    resources: { cpu: "100m" },
    params: { steps: 50_000 },
  },
});

/** @param pods of the Job, as JSON */
function trainerIsAtWork(pods: string): boolean {
  const list = JSON.parse(pods) as {
    status: { initContainerStatuses?: { name: string; state: object }[] };
  }[];
  return list.some(({ status }) =>
    status.initContainerStatuses?.some(({ name, state }) => name === "train" && "running" in state),
  );
}

describe.skipIf(obstacle() !== undefined)(suiteTitle("Jobs that are struck"), () => {
  let namespace: string;
  const kubectl = (line: string) => shell(`kubectl -n ${namespace} ${line}`);

  beforeAll(async () => {
    await cloneCheckout();
    await isotherm(["start"]);
    const images = await ensureImages(["scikit-learn"], (message) => console.error(message));
    const { archive, reference } = images["scikit-learn"];
    await isotherm(["load", archive]);
    ({ namespace } = await stackOutputs("dev"));

    const table = await wineTable();
    const [header = "", ...lines] = table.split("\n");
    const large = [header, ...Array.from({ length: times }, () => lines).flat()].join("\n");
    await withObjects("dev", namespace, async (objects) => {
      await pushTable(objects, "cellar", table);
      await pushTable(objects, "bottles", large);
      await objects.put(buckets.releases, abandoned, "left by a Job that never succeeded");
    });
    const monthAgo = new Date(Date.now() - 30 * 86_400_000);
    utimesSync(join(await bucketFolder(), abandoned), monthAgo, monthAgo);

    const stackFile = join(checkout, "stacks/Pulumi.dev.yaml");
    const document = parseDocument(readFileSync(stackFile, "utf8"));
    for (const [name, training] of Object.entries(trainings(reference))) {
      document.setIn(["config", "isotherm:training", name], training);
    }
    const many = { model: "wine", dataSet: "bottles@1", keep: ["target"] };
    document.setIn(["config", "isotherm:batch"], { many });
    writeFileSync(stackFile, document.toString());
    // They are at work before `up` is done with all the rest.
    const up = shell("pulumi up --stack dev --yes --skip-preview --non-interactive");
    await Promise.all([up, strikeBatch(), strikeTrainer(), strikeTraining()]);
  });

  afterAll(removeCheckout);

  /** Where the object store's volume holds the bucket, on this machine. */
  async function bucketFolder(): Promise<string> {
    const volume = await kubectl("get pvc s3-data -o jsonpath='{.spec.volumeName}'");
    const { spec } = JSON.parse(await kubectl(`get pv ${volume} -o json`)) as {
      spec: { hostPath?: { path: string }; local?: { path: string } };
    };
    const folder = spec.hostPath?.path ?? spec.local?.path ?? "";
    return join(folder, "buckets", buckets.releases);
  }

  async function jobsOf(name: string): Promise<string[]> {
    const names = (await kubectl("get jobs -o name")).split("\n");
    return names.filter((job) => job.includes(`/${name}-`)).map((job) => job.replace(/^.*\//, ""));
  }

  async function jobOf(name: string): Promise<string> {
    for (;;) {
      const [job] = await jobsOf(name);
      if (job !== undefined) return job;
      await sleep(200);
    }
  }

  const logs = (job: string) => kubectl(`logs --all-containers job/${job}`).catch(() => "");
  const done = (job: string) => kubectl(`wait --for=condition=complete --timeout=900s job/${job}`);
  const podsOf = (job: string) => kubectl(`get pods -l job-name=${job} -o jsonpath='{.items}'`);
  /** SIGKILL, without the time that a pod has to end by itself. */
  const strike = (job: string) =>
    kubectl(`delete pod -l job-name=${job} --grace-period=0 --force --wait=true`);

  async function strikeBatch(): Promise<void> {
    const job = await jobOf("batch-many");
    while (!(await logs(job)).includes("part-00001.jsonl is written")) await sleep(100);
    await strike(job);
  }

  async function strikeTrainer(): Promise<void> {
    const job = await jobOf("train-vintage");
    while (!trainerIsAtWork(await podsOf(job))) await sleep(100);
    await strike(job);
  }

  async function strikeTraining(): Promise<void> {
    const job = await jobOf("train-killed");
    for (let kill = 0; kill < kills; kill++) {
      while (!(await logs(job)).includes('"step":"validate"')) await sleep(200);
      await sleep(5_000 * Math.random());
      await strike(job);
    }
  }

  test("T-08 a training whose pods are killed at random moments registers one version", async () => {
    const job = await jobOf("train-killed");
    await done(job);
    expect(await logs(job)).toContain("the training goes on after");
    expect(await manifestsOf("dev", namespace, "killed")).toHaveLength(1);
  });

  test("B-01 a batch whose pod is deleted goes on after the parts that are there", async () => {
    const job = await jobOf("batch-many");
    await done(job);
    const told = await logs(job);
    expect(told).toContain("part-00001.jsonl was there");
    expect(told).toContain("part-00029.jsonl is written");
    expect(told).not.toContain("part-00001.jsonl is written");

    const { predictions, rows } = await readPredictions("dev", namespace, "wine", "bottles");
    const { models } = await stackOutputs("dev");
    expect(predictions.question.release).toBe(models["wine"]?.release);
    expect(rows.map(({ row }) => row)).toEqual(rows.map((_, index) => index + 1));
    expect(rows).toHaveLength(178 * times);
  });

  test("X-01 a trainer of another framework whose pod is deleted trains anew and registers one version", async () => {
    await done(await jobOf("train-vintage"));
    expect(await manifestsOf("dev", namespace, "vintage")).toHaveLength(1);
  });

  test("K-03 a schedule does not start a second Job while one is at work", async () => {
    const job = await jobOf("train-steady");
    const refused = async () =>
      (await kubectl("get events --field-selector reason=JobAlreadyActive -o name")) !== "";
    while (!(await refused())) {
      expect(await kubectl(`get job ${job} -o jsonpath='{.status.succeeded}'`)).toBe("");
      await sleep(500);
    }
    expect(await jobsOf("train-steady")).toEqual([job]);
    await kubectl(`patch cronjob train-steady -p '{"spec":{"suspend":true}}'`);
    await done(job);
    expect(await manifestsOf("dev", namespace, "steady")).toHaveLength(1);
  });

  test("what a Job that never succeeded left a month ago goes with the next one that does", async () => {
    await done(await jobOf("train-quick"));
    const left = await withObjects("dev", namespace, (objects) =>
      objects.list(buckets.releases, "checkpoints/"),
    );
    expect(left).toEqual([]);
  });
});
