import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Comparison, comparisonKey, judgeComparison } from "../../contracts/comparison.ts";
import { buckets, tags } from "../../contracts/names.ts";
import { storeToy, toyGraph, toyContract } from "../../serving-image/testing/toy-release.ts";
import { compareCommand } from "../commands/compare.ts";
import { evaluateCommand } from "../commands/evaluate.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import { attempt } from "../run/attempt.ts";
import { FakePlatform } from "../testing/platform.ts";
import { stubData, stubWorkload } from "../testing/stub-workload.ts";
import { testSurroundings } from "../testing/surroundings.ts";
import { compare } from "./compare.ts";
import { tableMetrics } from "./table-metrics.ts";

/** Real graphs, in front of fakes of the registry and the object store. */
let platform: FakePlatform;
beforeEach(async () => {
  platform = await new FakePlatform().start();
  await push("table@1", "a,b,c,target\n3,1,1,first\n1,3,1,second\n1,1,3,third\n2,1,0,second\n");
});
afterEach(() => platform.stop());

const objects = () => platform.services().objects;
const dataSets = () => new DataSetStore(objects(), buckets.releases);
const push = (dataSet: string, text: string) => {
  const [name = "", version = ""] = dataSet.split("@");
  const read = async () => new TextEncoder().encode(text);
  return dataSets().push({ name, version, files: [{ path: "t.csv", read }] });
};
const type = async (make: typeof evaluateCommand, words: string[]) => {
  const around = testSurroundings(platform);
  const place = ["--endpoint", platform.s3.url];
  await make(around).parseAsync([...words, ...place], { from: "user" });
  return JSON.parse(around.printed.join("")) as Record<string, unknown>;
};

describe("evaluate", () => {
  it("scores a release on all rows of a table, by its first digits, and prints what it found", async () => {
    const { release } = await storeToy(platform.s3);
    const words = ["--release", `toy@${release.slice(0, 12)}`, "--data", "table@1"];
    expect(await type(evaluateCommand, words)).toMatchObject({
      model: "toy",
      release,
      dataSet: { name: "table", version: "1", rows: 4 },
      metrics: { accuracy: 0.75, f1_macro: expect.closeTo(7 / 9) as number },
    });
    expect(platform.mlflow.runs.size).toBe(0);
  });

  it("logs to the registry when asked: one run, however often", async () => {
    const { release } = await storeToy(platform.s3);
    const words = ["--release", release, "--data", "table@1", "--log", "--registry"];
    for (let time = 0; time < 2; time++) {
      await type(evaluateCommand, [...words, platform.mlflow.url]);
    }
    expect(platform.mlflow.runs.size).toBe(1);
    const [run] = platform.mlflow.runs.values();
    expect(run!.info.status).toBe("FINISHED");
    expect(run!.tags.get(tags.release)).toBe(release);
    const metrics = [...run!.metrics.values()].map(({ key }) => key);
    expect(metrics.sort()).toEqual(["accuracy", "f1_macro", "log_loss"]);
  });

  it.each([
    [
      "a release that is not there",
      "0".repeat(12),
      "table@1",
      /no release in isotherm starts with/,
    ],
    ["what is no digest", "latest", "table@1", /'latest' is no release/],
    ["no data set", "", "table", /--data: 'table' is not <name>@<version>/],
    [
      "a class that the model has not",
      "",
      "odd@1",
      /row 1: 'target' is "fourth", wanted one of first, second/,
    ],
    ["a missing column", "", "narrow@1", /row 1 has no column 'c'/],
    ["a missing value", "", "gap@1", /row 2: column 'b' is missing/],
    ["text for a number", "", "text@1", /row 1: column 'a' is "x", wanted a number/],
    ["a missing truth", "", "blind@1", /row 1 has no 'target': name it by --target/],
  ])("refuses %s", async (_, text, dataSet, message) => {
    const { release } = await storeToy(platform.s3);
    await push("odd@1", "a,b,c,target\n1,2,3,fourth\n");
    await push("narrow@1", "a,b,target\n1,2,first\n");
    await push("gap@1", "a,b,c,target\n1,2,3,first\n1,,3,first\n");
    await push("text@1", "a,b,c,target\nx,2,3,first\n");
    await push("blind@1", "a,b,c\n1,2,3\n");
    const words = ["--release", text || release, "--data", dataSet];
    await expect(type(evaluateCommand, words)).rejects.toThrow(message);
  });
});

describe("compare", () => {
  it("C-01 scores both on the same data, names both, keeps the outcome and tags the candidate", async () => {
    const ours = (await storeToy(platform.s3)).release;
    const theirs = (await storeToy(platform.s3, { graph: toyGraph(-1) })).release;
    const mlflow = platform.services().mlflow;
    await mlflow.ensureRegisteredModel("toy");
    const { run_id: runId } = (
      await mlflow.createRun(await mlflow.ensureExperiment("toy"), "toy", {})
    ).info;
    const versionTags = { [tags.release]: ours };
    await mlflow.createModelVersion({ name: "toy", source: "s", runId, tags: versionTags });
    const words = [
      ...["--candidate", ours, "--incumbent", theirs, "--data", "table@1"],
      ...["--image", "training:1", "--registry", platform.mlflow.url],
    ];
    const told = Comparison.parse(await type(compareCommand, words));
    expect(told).toMatchObject({
      model: "toy",
      dataSet: { name: "table", version: "1", rows: 4 },
      scorer: { image: "training:1" },
      candidate: { release: ours, metrics: { accuracy: 0.75 } },
      incumbent: { release: theirs, metrics: { accuracy: 0 } },
    });
    const rule = { metric: "accuracy", direction: "maximize", tolerance: 0 } as const;
    expect(judgeComparison(told, theirs, rule).passed).toBe(true);
    expect(judgeComparison(told, ours, rule).passed).toBe(false);
    const key = comparisonKey(told);
    const kept = platform.s3.objects.get(`${buckets.releases}/${key}`)!.toString();
    expect(Comparison.parse(JSON.parse(kept))).toEqual(told);
    const [version] = platform.mlflow.versions("toy");
    const tagged = Object.fromEntries(version!.tags.map(({ key: name, value }) => [name, value]));
    expect(tagged).toMatchObject({ [tags.comparison]: key, [tags.comparedWith]: theirs });
    const artifact = await mlflow.downloadArtifact(await mlflow.getRun(runId), key);
    expect(new TextDecoder().decode(artifact)).toBe(kept);
    const before = platform.s3.objects.size;
    await type(compareCommand, words);
    expect(platform.s3.objects.size).toBe(before);
  });

  it("C-01 uses the workload that made both, with each release's own parameters, on what it holds out", async () => {
    const asked: unknown[] = [];
    const workload = stubWorkload({
      score: async (_data, trained, context) => {
        asked.push([context.parameters["steps"], trained.contract.model]);
        return { error: Number(context.parameters["steps"]) };
      },
      evaluate: () => Promise.reject(new Error("trained again")),
    });
    const train = async (steps: number) => {
      const config = platform.config({ job: `job-${steps}`, parameters: { steps } });
      return attempt(platform.services(), config, stubWorkload(), async () => stubData);
    };
    const [candidate, incumbent] = [await train(2), await train(3)];
    const comparison = await compare({
      objects: objects(),
      bucket: buckets.releases,
      store: dataSets(),
      dataSet: "table@1",
      candidate: candidate.release,
      incumbent: incumbent.release,
      workloads: [workload],
      target: "target",
      image: "training:1",
      signal: new AbortController().signal,
    });
    expect(comparison.scorer).toEqual({ workload: "stub", image: "training:1" });
    expect(comparison.candidate).toEqual({ release: candidate.release, metrics: { error: 2 } });
    expect(comparison.incumbent).toEqual({ release: incumbent.release, metrics: { error: 3 } });
    expect(asked).toEqual([
      [2, "demo"],
      [3, "demo"],
    ]);
  });

  it("C-01 makes the data of a workload that makes its own once, and scores both on them", async () => {
    const made: unknown[] = [];
    const workload = stubWorkload({
      dataSet: {
        kind: "generated",
        name: "made",
        version: "1",
        make: async ({ steps }) => {
          made.push(steps);
          return new TextEncoder().encode(`made with ${steps}`);
        },
      },
      score: async (data, _trained, { parameters }) => {
        expect(data).toBe("made with 2");
        return { error: Number(parameters["steps"]) };
      },
    });
    const train = async (steps: number) =>
      attempt(
        platform.services(),
        platform.config({ job: `job-${steps}`, parameters: { steps } }),
        stubWorkload(),
        async () => stubData,
      );
    const [candidate, incumbent] = [await train(2), await train(3)];
    const { dataSet } = await compare({
      objects: objects(),
      bucket: buckets.releases,
      store: dataSets(),
      candidate: candidate.release,
      incumbent: incumbent.release,
      workloads: [workload],
      target: "target",
      image: "training:1",
      signal: new AbortController().signal,
    });
    expect(dataSet).toMatchObject({ name: "made", version: "1", rows: 1 });
    expect(made).toEqual([2]);
  });

  it("needs a data set for releases that no workload of ours made", async () => {
    const { release } = await storeToy(platform.s3);
    await expect(type(evaluateCommand, ["--release", release])).rejects.toThrow(
      "--data: is needed, as no workload of ours made these releases",
    );
  });

  it("refuses releases of different models, and a registry that does not know the candidate", async () => {
    const toy = (await storeToy(platform.s3)).release;
    const other = (await storeToy(platform.s3, { model: "other" })).release;
    const words = (incumbent: string) => [
      ...["--candidate", toy, "--incumbent", incumbent, "--data", "table@1"],
      ...["--registry", platform.mlflow.url],
    ];
    await expect(type(compareCommand, words(other))).rejects.toThrow(
      "a release of toy cannot be compared with one of other",
    );
    await expect(type(compareCommand, words(toy))).rejects.toThrow(
      `the registry has no version of toy for release ${toy.slice(0, 12)}`,
    );
  });

  it("asks for more digits where two releases start alike", async () => {
    const { release } = await storeToy(platform.s3);
    const twin = `${release.slice(0, 12)}${"0".repeat(52)}`;
    platform.s3.objects.set(`${buckets.releases}/releases/${twin}.json`, Buffer.from("{}"));
    const words = ["--release", release.slice(0, 12), "--data", "table@1"];
    await expect(type(evaluateCommand, words)).rejects.toThrow("2 releases start with");
  });
});

describe("metrics of a table", () => {
  it("of two classes have the area under the ROC curve; a class goes by its name or its index", () => {
    const contract = { ...toyContract, classes: ["no", "yes"] };
    const rows = [{ y: "no" }, { y: "yes" }, { y: 0 }, { y: "1" }];
    const given = [0.1, 0.4, 0.6, 0.8].map((yes) => ({
      prediction: yes > 0.5 ? 1 : 0,
      probabilities: [1 - yes, yes],
    }));
    const metrics = tableMetrics(contract, rows, given, "y");
    expect(metrics).toMatchObject({ accuracy: 0.5, auc_roc: 0.75 });
  });

  it("of a regression are mae, rmse and r2", () => {
    const contract = { ...toyContract, task: "regression" as const };
    const rows = [{ y: "1" }, { y: "2" }, { y: "3" }];
    const given = [1, 2, 5].map((prediction) => ({ prediction }));
    const { mae, rmse, r2 } = tableMetrics(contract, rows, given, "y");
    expect(mae).toBeCloseTo(2 / 3, 12);
    expect(rmse).toBeCloseTo(Math.sqrt(4 / 3), 12);
    expect(r2).toBeCloseTo(-1, 12);
  });
});
