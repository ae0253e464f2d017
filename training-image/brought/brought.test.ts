import { create, toBinary } from "@bufbuild/protobuf";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TypeProto_SequenceSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { buckets, tags } from "../../contracts/names.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import type { TrainingRun } from "../../contracts/training-run.ts";
import { toyContract, toyGraph } from "../../serving-image/testing/toy-release.ts";
import { collectCommand, fetchDataCommand } from "../commands/trainer.ts";
import { trainCommand } from "../commands/train.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import { emit } from "../engine/emit.ts";
import { matmul, neg } from "../engine/ops.ts";
import { constant, input } from "../engine/tensor.ts";
import { exitCodeOf } from "../run/exit-code.ts";
import { withRun } from "../run/with-run.ts";
import { dyingFetch } from "../testing/dying-fetch.ts";
import { expectOneOfEverything } from "../testing/expectations.ts";
import { FakePlatform } from "../testing/platform.ts";
import { testSurroundings } from "../testing/surroundings.ts";
import { readBrought } from "./brought-model.ts";
import { registerBrought } from "./register-brought.ts";
import { deriveContract, readSignature } from "./signature.ts";

/** X-01 What a trainer of the user's own may leave behind, against fakes of the registry and the object store. */
let platform: FakePlatform;
let folder: string;
beforeEach(async () => {
  platform = await new FakePlatform().start();
  folder = await mkdtemp(join(tmpdir(), "isotherm-brought-"));
  await mkdir(join(folder, "artifacts"));
  const read = async () => new TextEncoder().encode("a,b,c,target\n3,1,1,0\n1,3,1,1\n");
  const files = [{ path: "t.csv", read }];
  await new DataSetStore(platform.services().objects, buckets.releases).push({
    name: "table",
    version: "1",
    files,
  });
  await leave("model.onnx", toyGraph());
  await leave("metrics.json", '{"accuracy": 0.9, "extra": "NaN"}');
});
afterEach(async () => {
  await platform.stop();
  await rm(folder, { recursive: true });
});

const leave = (name: string, content: string | Uint8Array) =>
  writeFile(join(folder, name), content);
const run = (changes: Partial<TrainingRun> = {}): TrainingRun =>
  platform.run({
    name: "toy",
    dataSet: "table@1",
    params: { rate: 0.1, deep: true },
    trainer: { image: "me/toy:1", metrics: { accuracy: "maximize" } },
    ...changes,
  });
const around = (asked: TrainingRun) =>
  testSurroundings(platform, {
    ISOTHERM_TRAINING_RUN: JSON.stringify(asked),
    ISOTHERM_OUTPUT_DIR: folder,
    ISOTHERM_DATA_DIR: join(folder, "data"),
  });
const collect = (asked = run()) => collectCommand(around(asked)).parseAsync([], { from: "user" });
const onlyRun = () => {
  expect(platform.mlflow.runs.size).toBe(1);
  return platform.mlflow.runs.values().next().value!;
};

describe("collect", () => {
  it("X-01 registers a model by its files alone, with parameters, steps, artifacts and a baseline from the table", async () => {
    // Schema and model go without saying.
    const contract = Object.fromEntries(
      Object.entries(toyContract).filter(([key]) => key !== "schema" && key !== "model"),
    );
    await leave("contract.json", JSON.stringify(contract));
    await leave("steps.jsonl", '{"step": 1, "loss": 2}\n\n{"step": 2, "loss": "NaN"}\n');
    await leave("artifacts/curve.png", "a picture");
    await leave("input_example.json", '{"features": [[3, 1, 2]]}');
    await collect();
    const [version] = platform.mlflow.versions("toy");
    const release = version!.tags.find(({ key }) => key === tags.release)!.value;
    const store = new ReleaseStore(platform.services().objects, buckets.releases);
    const { evidence, files } = await store.manifest(release);
    expect(evidence.metrics).toEqual({ accuracy: 0.9, extra: "NaN" });
    expect(evidence.lineage.origin).toEqual({ kind: "trainer", producer: "isotherm" });
    expect(evidence.lineage.dataSet).toMatchObject({ name: "table", version: "1", rows: 2 });
    expect(files.map(({ role }) => role)).toEqual(["model", "contract", "baseline", "example"]);
    const example = files.find(({ role }) => role === "example")!;
    expect(new TextDecoder().decode(await store.file(example.sha256))).toBe(
      '{"features":[[3,1,2]]}',
    );
    const { params, metrics, info } = onlyRun();
    expect(Object.fromEntries(params)).toEqual({ rate: "0.1", deep: "true" });
    const losses = [...metrics.values()].filter(({ key }) => key === "loss");
    expect(losses.map(({ step, value }) => [step, value])).toEqual([
      [1, 2],
      [2, "NaN"],
    ]);
    const place = `${info.artifact_uri.replace("mlflow-artifacts:/", "")}/artifacts/curve.png`;
    expect(platform.mlflow.artifacts.get(place)!.toString()).toBe("a picture");
  });

  it.each<[string, string, string | Uint8Array | undefined, RegExp]>([
    [
      "no model",
      "model.onnx",
      undefined,
      /left no model\.onnx in its output folder; there is artifacts, metrics\.json/,
    ],
    ["no metrics", "metrics.json", undefined, /left no metrics\.json/],
    ["metrics that are none", "metrics.json", "[1]", /metrics\.json: /],
    ["NaN as Python writes it", "metrics.json", '{"accuracy": NaN}', /not JSON.*write "NaN"/],
    ["a declared metric missing", "metrics.json", '{"f1": 1}', /the declared accuracy is missing/],
    ["a file that is no model", "model.onnx", "not a model", /model\.onnx is no ONNX file/],
    [
      "a contract of another model",
      "contract.json",
      JSON.stringify({ ...toyContract, model: "other" }),
      /model: is 'other', wanted 'toy'/,
    ],
    ["a contract that is none", "contract.json", "{}", /contract\.json: task: /],
    [
      "a contract that the graph does not keep",
      "contract.json",
      JSON.stringify({ ...toyContract, predictions: "other" }),
      /cannot be served: .*no output 'other'/,
    ],
    [
      "a baseline of other features",
      "baseline.json",
      JSON.stringify({ rows: 1, features: [{ name: "z", edges: [1], shares: [0.5, 0.5] }] }),
      /features: are z, the contract has/,
    ],
    ["an input example that is none", "input_example.json", "[1]", /input_example\.json: /],
    [
      "an input example that the contract does not allow",
      "input_example.json",
      '{"features": [[1, 2]]}',
      /cannot be served: input example: features\[0\]: has 2 elements, wanted 3/,
    ],
    [
      "a step without its number",
      "steps.jsonl",
      '{"step":1,"a":1}\n{"a":1}',
      /steps\.jsonl line 2: step/,
    ],
    ["a step with text", "steps.jsonl", '{"step":1,"a":"x"}', /steps\.jsonl line 1: a: /],
  ])(
    "T-14 refuses %s with its file and the reason, and registers nothing",
    async (_, name, content, message) => {
      if (content === undefined) await rm(join(folder, name));
      else await leave(name, content);
      const error = await collect().catch((reason: unknown) => reason);
      expect(String(error)).toMatch(message);
      expect(exitCodeOf(error)).toBe(2);
      expect(onlyRun().info.status).toBe("FAILED");
      expect(onlyRun().tags.get(tags.failure)).toMatch(message);
      expect(platform.mlflow.models.size).toBe(0);
      expect([...platform.s3.objects.keys()].filter((key) => key.includes("/releases/"))).toEqual(
        [],
      );
    },
  );

  it("follows no link that a trainer left: it could lead to our credentials", async () => {
    await writeFile(join(folder, "secret"), "the-secret");
    await symlink(join(folder, "secret"), join(folder, "artifacts/curve.png"));
    await symlink(folder, join(folder, "artifacts/deep"));
    await collect();
    const kept = [...platform.mlflow.artifacts.keys()].filter((path) =>
      path.includes("/artifacts/artifacts/"),
    );
    expect(kept).toEqual([]);
    await rm(join(folder, "artifacts"), { recursive: true });
    await symlink(folder, join(folder, "artifacts"));
    const again = run({ params: { rate: 2 } });
    await expect(collect(again)).rejects.toThrow(
      "artifacts is no folder, and links are not followed",
    );
    await rm(join(folder, "metrics.json"));
    await symlink(join(folder, "secret"), join(folder, "metrics.json"));
    const error: unknown = await collect(again).catch((reason: unknown) => reason);
    expect(String(error)).toContain("metrics.json is a link: wanted the file itself");
    expect(String(error)).not.toContain("the-secret");
  });

  it("needs a trainer in its run, as `train` needs none", async () => {
    const own = platform.run({ workload: "wine", params: {} });
    await expect(collect(own)).rejects.toThrow("`train` does it all");
    const train = trainCommand(around(run())).parseAsync([], { from: "user" });
    await expect(train).rejects.toThrow("a trainer trains by itself");
  });
});

describe("a model brought twice, or interrupted", () => {
  const bring = async (ask = platform.direct) => {
    const services = platform.services({ fetch: ask });
    const options = { job: "job", name: "demo", bucket: buckets.releases, tags: {} };
    const metrics = '{"accuracy": 0.9}';
    const dataSha256 = sha256Hex("");
    return withRun(services, options, (run) =>
      registerBrought(services, {
        run,
        name: "demo",
        bucket: buckets.releases,
        params: { rate: 1 },
        lineage: { environment: "dev", workload: "toy", gitCommit: "abc", image: "me/toy:1" },
        dataSet: { name: "table", version: "1", sha256: dataSha256, rows: 2 },
        brought: readBrought({ model: toyGraph(), metrics }, { name: "demo", dataSha256 }),
        kind: "file",
        baseline: async () => undefined,
      }),
    );
  };

  it("X-01 killed at any request and brought again is one version, and it is whole", async () => {
    let count = 0;
    const counting: typeof fetch = (...request) => {
      count++;
      return platform.direct(...request);
    };
    await bring(counting);
    expect(count).toBeGreaterThan(20);
    // What lies on the platform after a request is what lies there before the next one.
    for (let deadline = 0; deadline <= count; deadline++) {
      const [request, reached] =
        deadline < count ? ([deadline, "before"] as const) : ([count - 1, "after"] as const);
      const fresh = await new FakePlatform().start();
      await platform.stop();
      platform = fresh;
      await expect(bring(dyingFetch(request, reached, platform.direct))).rejects.toThrow();
      await bring();
      await expectOneOfEverything(platform, platform.direct);
    }
  });
});

describe("fetch-data", () => {
  it("lays the data set out, and ends with 2 where a file of it was altered", async () => {
    const fetch = () => fetchDataCommand(around(run())).parseAsync([], { from: "user" });
    await fetch();
    await rm(join(folder, "data"), { recursive: true });
    const key = `${buckets.releases}/blobs/sha256/${sha256Hex("a,b,c,target\n3,1,1,0\n1,3,1,1\n")}`;
    platform.s3.objects.set(key, Buffer.from("altered"));
    const error = await fetch().catch((reason: unknown) => reason);
    expect(String(error)).toContain("t.csv has been altered");
    expect(exitCodeOf(error)).toBe(2);
  });
});

describe("a contract from a graph's own signature", () => {
  const x = input("x", ["batch", 2]);
  const weights = constant(Float32Array.of(1, 1), [2, 1]);
  const derive = (bytes: Uint8Array, hints = {}) =>
    deriveContract(readSignature(bytes), { model: "m", ...hints });

  it("knows a classifier and a regression, and names features after the input where nobody does", () => {
    expect(derive(toyGraph(), { classes: ["p", "q", "r"] })).toMatchObject({
      task: "classification",
      predictions: "label",
      probabilities: "probabilities",
      classes: ["p", "q", "r"],
      features: [{ name: "features_0" }, { name: "features_1" }, { name: "features_2" }],
    });
    const sum = emit({ name: "sum", inputs: [x], outputs: { y: matmul(x, weights) } });
    expect(derive(sum, { features: ["a", "b"] })).toMatchObject({
      task: "regression",
      inputs: [{ name: "x", dataType: "FP32", shape: [-1, 2] }],
      outputs: [{ name: "y", dataType: "FP32", shape: [-1, 1] }],
      features: [{ name: "a" }, { name: "b" }],
      predictions: "y",
    });
    expect(() => derive(sum, { features: ["a"] })).toThrow(
      "1 features are named, model.onnx takes 2",
    );
  });

  it("asks for a contract where two outputs could be the predictions", () => {
    const y = matmul(x, weights);
    const two = emit({ name: "two", inputs: [x], outputs: { y, z: neg(y) } });
    expect(() => derive(two)).toThrow(
      "which of 'y', 'z' are the predictions: say so in a contract.json",
    );
  });

  it("says what to do about probabilities that are dictionaries, as skl2onnx makes them by itself", () => {
    const sequence = create(TypeProtoSchema, {
      value: { case: "sequenceType", value: create(TypeProto_SequenceSchema) },
    });
    const output = create(ValueInfoProtoSchema, { name: "output_probability", type: sequence });
    const node = create(NodeProtoSchema, { opType: "ZipMap" });
    const graph = create(GraphProtoSchema, { node: [node], output: [output] });
    const bytes = toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph }));
    expect(() => readSignature(bytes)).toThrow(
      "output 'output_probability' is no tensor: with skl2onnx, convert with options {'zipmap': False}",
    );
  });
});
