import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { judge } from "../../contracts/gates.ts";
import { buckets, tags } from "../../contracts/names.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import type { TrainingRun } from "../../contracts/training-run.ts";
import { collectCommand, fetchDataCommand } from "../../training-image/commands/trainer.ts";
import { registerCommand } from "../../training-image/commands/register.ts";
import { DataSetStore } from "../../training-image/data/data-set-store.ts";
import { FakePlatform } from "../../training-image/testing/platform.ts";
import { testSurroundings } from "../../training-image/testing/surroundings.ts";
import { ask, largestDifference, type Answers } from "./ask.ts";
import { ensureScikitLearn, type ScikitLearn } from "./scikit-learn.ts";
import { wineTable } from "./wine-table.ts";

/**
 * X-01 A trainer in Python, with scikit-learn and skl2onnx as they come from PyPI, keeps the run contract; then what it
 * left is collected. Registry and object store are fakes, and the containers of the Pod are processes here. It trains
 * once; every test has a copy of what it left.
 */
let platform: FakePlatform;
let folder: string;
let trained: string;
beforeAll(async () => {
  const learn = await ensureScikitLearn();
  await open();
  await mkdir(join(folder, "output"));
  await fetchData();
  await train(learn);
  trained = join(folder, "output");
  await platform.stop();
}, 600_000);
afterAll(() => rm(join(trained, ".."), { recursive: true }));

beforeEach(async () => {
  await open();
  await cp(trained, join(folder, "output"), { recursive: true });
});
afterEach(async () => {
  await platform.stop();
  await rm(folder, { recursive: true });
});

async function open(): Promise<void> {
  platform = await new FakePlatform().start();
  folder = await mkdtemp(join(tmpdir(), "isotherm-contract-"));
  const store = new DataSetStore(platform.services().objects, buckets.releases);
  const read = async () => new TextEncoder().encode(await wineTable());
  await store.push({ name: "wine", version: "7", files: [{ path: "wine.csv", read }] });
}

const params = { C: 0.5 };
const run = (): TrainingRun =>
  platform.run({
    name: "cellar",
    workload: "scikit-learn",
    dataSet: "wine@7",
    params,
    trainer: {
      image: "localhost/cellar@sha256:0123",
      command: ["python", "train_wine.py"],
      metrics: { accuracy: "maximize", log_loss: "minimize" },
    },
  });
const environment = () => ({
  ISOTHERM_TRAINING_RUN: JSON.stringify(run()),
  ISOTHERM_PARAMS: JSON.stringify(params),
  ISOTHERM_DATA_DIR: join(folder, "data"),
  ISOTHERM_OUTPUT_DIR: join(folder, "output"),
  ISOTHERM_MODEL: "cellar",
});
const fetchData = () =>
  fetchDataCommand(testSurroundings(platform, environment())).parseAsync([], {
    from: "user",
  });
const train = async (learn: ScikitLearn) => {
  const script = join(import.meta.dirname, "train_wine.py");
  // A trainer gets no credentials.
  const env = { PATH: process.env["PATH"], ...learn.environment, ...environment() };
  // Without the machine's own packages (-S).
  await execa(learn.python, ["-S", script], { env, extendEnv: false });
};
const collect = () =>
  collectCommand(testSurroundings(platform, environment())).parseAsync([], { from: "user" });
const releaseOf = (version: { tags: { key: string; value: string }[] }) =>
  version.tags.find(({ key }) => key === tags.release)!.value;

describe("scikit-learn by the run contract", { timeout: 300_000 }, () => {
  it("X-01 is registered with evidence and lineage, judged by gates, and served with equal answers", async () => {
    await fetchData();
    await collect();

    const [version] = platform.mlflow.versions("cellar");
    const release = releaseOf(version!);
    const store = new ReleaseStore(platform.services().objects, buckets.releases);
    const { evidence, files } = await store.manifest(release);
    // Made of the data set, as the trainer gave none.
    expect(files.map(({ role }) => role)).toContain("baseline");
    expect(evidence).toMatchObject({
      params: { C: 0.5 },
      lineage: {
        workload: "scikit-learn",
        image: "localhost/cellar@sha256:0123",
        dataSet: { name: "wine", version: "7", rows: 178 },
        origin: { kind: "trainer", producer: "skl2onnx 1.20.0" },
      },
    });
    expect(judge(evidence, [{ metric: "accuracy", atLeast: 0.9 }]).passed).toBe(true);
    expect(judge(evidence, [{ metric: "accuracy", above: 1 }]).passed).toBe(false);
    const logged = platform.mlflow.runs.get(version!.run_id)!;
    expect(logged.info.status).toBe("FINISHED");
    expect(logged.tags.get(tags.origin)).toBe("trainer: skl2onnx 1.20.0");
    expect([...logged.metrics.values()].map(({ key }) => key)).toContain("iterations");

    const answers = await readFile(join(folder, "output/artifacts/answers.json"), "utf8");
    const theirs = JSON.parse(answers) as Answers & { rows: number[][] };
    const ours = await ask(platform, "cellar", release, theirs.rows);
    expect(ours.label).toEqual(theirs.label);
    expect(largestDifference(ours.probabilities, theirs.probabilities)).toBeLessThan(1e-5);
    const artifact = `${logged.info.artifact_uri.replace("mlflow-artifacts:/", "")}/artifacts/answers.json`;
    expect(platform.mlflow.artifacts.get(artifact)!.toString()).toBe(answers);
  });

  it("X-01 collected again gives the version it made; brought as a file, with no contract, it is served too", async () => {
    await rm(join(folder, "output/contract.json"));
    await fetchData();
    for (let time = 0; time < 2; time++) await collect();
    expect(platform.mlflow.versions("cellar")).toHaveLength(1);

    const words = [
      ...["--name", "brought", "--environment", "dev", "--data", "wine@7"],
      ...["--onnx", join(folder, "output/model.onnx")],
      ...["--metrics", join(folder, "output/metrics.json")],
      ...["--classes", "a,b,c", "--params", JSON.stringify(params), "--git-commit", "abc"],
      ...["--endpoint", platform.s3.url, "--registry", platform.mlflow.url],
    ];
    for (let time = 0; time < 2; time++) {
      await registerCommand(testSurroundings(platform)).parseAsync(words, { from: "user" });
    }
    const [version, ...others] = platform.mlflow.versions("brought");
    expect(others).toEqual([]);
    const store = new ReleaseStore(platform.services().objects, buckets.releases);
    const { evidence } = await store.manifest(releaseOf(version!));
    expect(evidence.lineage).toMatchObject({
      gitCommit: "abc",
      image: "unknown",
      origin: { kind: "file", producer: "skl2onnx 1.20.0" },
    });
    const answers = await readFile(join(folder, "output/artifacts/answers.json"), "utf8");
    const theirs = JSON.parse(answers) as Answers & { rows: number[][] };
    const ours = await ask(platform, "brought", releaseOf(version!), theirs.rows);
    expect(ours.label).toEqual(theirs.label);
  });
});
