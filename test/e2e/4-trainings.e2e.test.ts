// What a stack file can ask of training, on real pods. Does not prove the same on a GPU, nor that a training that went on
// comes to the same bits: training-image/interruptions.test.ts does.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { headers } from "../../contracts/names.ts";
import { ensureImages } from "../../embedded/images/index.ts";
import { wineTable } from "../run-contract/wine-table.ts";
import { pushTable, withObjects } from "./objects.ts";
import { askWine, isotherm, obstacle, shell, stackOutputs, suiteTitle } from "./platform.ts";
import { readPredictions } from "./predictions.ts";
import { manifestsOf } from "./registry.ts";
import { keepStackFile, setIn } from "./stack-files.ts";
import { up } from "./travel.ts";

/** Room beside staging and prod on a node of two cores. */
const resources = { cpu: "100m" };

const trainings = {
  struck: { workload: "wine", onUp: "start", resources, params: { steps: 50_000 } },
  study: {
    workload: "wine",
    onUp: "await",
    resources,
    sweep: {
      method: "grid",
      metric: "log_loss",
      parallelism: 2,
      parameters: { hidden: { choice: [4, 16] }, learning_rate: { choice: [0.0005, 0.02] } },
    },
  },
  nightly: {
    workload: "wine",
    onUp: "never",
    resources,
    schedule: "* * * * *",
    timeZone: "Europe/Helsinki",
    params: { steps: 200 },
  },
};

/** scikit-learn in an image of its own. */
const foreign = (image: string) => ({
  image,
  command: ["python", "/app/train_wine.py"],
  dataSet: "cellar@1",
  params: { C: 0.5 },
  resources,
  metrics: { accuracy: "maximize", log_loss: "minimize" },
});

describe.skipIf(obstacle() !== undefined)(suiteTitle("trainings in the stack file"), () => {
  let restore: () => void;
  let namespace: string;
  let trainer: string;
  let scheduled: Promise<void>;
  let evicted: Promise<void>;

  beforeAll(async () => {
    restore = keepStackFile("dev");
    const images = await ensureImages(["scikit-learn"], (message) => console.error(message));
    const { archive, reference } = images["scikit-learn"];
    await isotherm(["load", archive]);
    trainer = reference;
    ({ namespace } = await stackOutputs("dev"));
    const table = await wineTable();
    await withObjects("dev", namespace, (objects) => pushTable(objects, "cellar", table));

    for (const [name, training] of Object.entries({ ...trainings, cellar: foreign(trainer) })) {
      setIn("dev", ["isotherm:training", name], training);
    }
    const gates = [{ metric: "accuracy", atLeast: 0.9 }];
    const served = { blue: { follow: "cellar" }, gates };
    setIn("dev", ["isotherm:models", "cellar"], served);
    const batch = { bottles: { model: "wine", dataSet: "cellar@1", keep: ["target"] } };
    setIn("dev", ["isotherm:batch"], batch);
    // Beside `up`, so that nobody waits for them twice. It is their tests that fail.
    evicted = evictOnce();
    scheduled = firstOfSchedule();
    for (const work of [evicted, scheduled]) work.catch(() => undefined);
    await up("dev");
  });

  afterAll(async () => {
    restore();
    await up("dev");
  });

  const logs = (job: string, options = "") =>
    shell(`kubectl -n ${namespace} logs --all-containers ${options} job/${job}`);

  async function jobOf(name: string): Promise<string> {
    const names = await shell(`kubectl -n ${namespace} get jobs -o name`);
    const found = names.split("\n").find((job) => job.includes(`/${name}-`));
    return found?.replace(/^.*\//, "") ?? "";
  }

  /** Waits for the schedule's first Job, and lets it start no other: of many, the first would be forgotten. */
  async function firstOfSchedule(): Promise<void> {
    while ((await jobOf("train-nightly")) === "") await sleep(1_000);
    const suspended = `'{"spec":{"suspend":true}}'`;
    await shell(`kubectl -n ${namespace} patch cronjob train-nightly -p ${suspended}`);
  }

  /** Deletes the pod of the long training when it has begun to train. */
  async function evictOnce(): Promise<void> {
    let job = "";
    while ((job = await jobOf("train-struck")) === "") await sleep(500);
    const isTraining = async () => (await logs(job).catch(() => "")).includes('"step":"validate"');
    while (!(await isTraining())) await sleep(500);
    await sleep(2_000);
    await shell(`kubectl -n ${namespace} delete pod -l job-name=${job} --wait=true`);
  }

  const done = (job: string) =>
    shell(`kubectl -n ${namespace} wait --for=condition=complete --timeout=900s job/${job}`);

  test("K-10 a sweep's pods share one study, and its best trial is registered, once", async () => {
    const manifests = await manifestsOf("dev", namespace, "study");
    expect(manifests).toHaveLength(1);
    const [best] = manifests;
    expect(best?.evidence.params).toMatchObject({ learning_rate: 0.02 });
    expect(best?.evidence.metrics["log_loss"]).toBeLessThan(0.2);
  });

  test("X-01 scikit-learn in a container of its own: registered, judged, served, and its answers carry their lineage", async () => {
    const [manifest, ...others] = await manifestsOf("dev", namespace, "cellar");
    expect(others).toEqual([]);
    expect(manifest?.evidence.metrics["accuracy"]).toBeGreaterThanOrEqual(0.9);
    expect(manifest?.evidence.lineage).toMatchObject({
      environment: "dev",
      workload: "cellar",
      image: trainer,
      dataSet: { name: "cellar", version: "1", rows: 178 },
      origin: { kind: "trainer", producer: "skl2onnx 1.20.0" },
    });
    const outputs = await stackOutputs("dev");
    const response = await askWine(outputs, outputs.apiKey, "cellar");
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      predictions: ["class_0"],
      model: {
        name: "cellar",
        version: "1",
        release: outputs.models["cellar"]?.release,
      },
    });
    expect(response.headers.get(headers.dataVersion)).toBe("1");
  });

  test("B-01 a batch predicts every row of a data set, and tells release, data and progress", async () => {
    const job = await jobOf("batch-bottles");
    await done(job);
    expect(await logs(job)).toMatch(/"rows":178,"of":178/);
    const { predictions, rows } = await readPredictions("dev", namespace, "wine", "cellar");
    const { models } = await stackOutputs("dev");
    expect(predictions.question).toMatchObject({
      model: "wine",
      release: models["wine"]?.release,
      dataSet: { name: "cellar", version: "1", rows: 178 },
    });
    expect(predictions.trainedOn).toMatchObject({ name: "wine" });
    const right = rows.filter(({ target, class: name }) => name === `class_${String(target)}`);
    expect(rows).toHaveLength(178);
    expect(right.length).toBeGreaterThan(160);
  });

  test("T-08 a training whose pod is evicted goes on from its checkpoint and registers one version", async () => {
    const job = await jobOf("train-struck");
    await evicted;
    await done(job);
    expect(await logs(job)).toMatch(/the training goes on after step \d+/);
    expect(await manifestsOf("dev", namespace, "struck")).toHaveLength(1);
  });

  test("K-03 a schedule starts a Job at its time, of which each registers one version", async () => {
    const schedule = `kubectl -n ${namespace} get cronjob train-nightly`;
    const [policy, zone] = (
      await shell(`${schedule} -o jsonpath='{.spec.concurrencyPolicy} {.spec.timeZone}'`)
    ).split(" ");
    expect([policy, zone]).toEqual(["Forbid", "Europe/Helsinki"]);
    await scheduled;
    const jobs = (await shell(`kubectl -n ${namespace} get jobs -o name`))
      .split("\n")
      .filter((name) => name.includes("/train-nightly-"));
    for (const job of jobs) await done(job.replace(/^.*\//, ""));
    expect(await manifestsOf("dev", namespace, "nightly")).toHaveLength(jobs.length);
  });
});
