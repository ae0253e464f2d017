import { create, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, StringStringEntryProtoSchema } from "onnx-buf";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buckets, tags } from "../../contracts/names.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import { registerCommand } from "../../training-image/commands/register.ts";
import { DataSetStore } from "../../training-image/data/data-set-store.ts";
import { FakePlatform } from "../../training-image/testing/platform.ts";
import { testSurroundings } from "../../training-image/testing/surroundings.ts";
import { ask, largestDifference, type Answers } from "./ask.ts";

/**
 * X-01 A file that PyTorch 2.15's exporter wrote, kept as text (`pytorch_export.py` makes it again): the same graph and
 * weights, written to bytes here. PyTorch itself does not run.
 */
interface Fixture extends Answers {
  model: JsonValue;
  rows: number[][];
}
const fixture = JSON.parse(
  await readFile(join(import.meta.dirname, "pytorch-export.json"), "utf8"),
) as Fixture;

let platform: FakePlatform;
let folder: string;
beforeEach(async () => {
  platform = await new FakePlatform().start();
  folder = await mkdtemp(join(tmpdir(), "isotherm-pytorch-"));
  const store = new DataSetStore(platform.services().objects, buckets.releases);
  const read = async () => new TextEncoder().encode("a,b,c,d,target\n1,2,3,4,0\n");
  await store.push({ name: "table", version: "1", files: [{ path: "t.csv", read }] });
  await writeFile(join(folder, "metrics.json"), '{"accuracy": 0.9}');
});
afterEach(async () => {
  await platform.stop();
  await rm(folder, { recursive: true });
});

const register = async (model: Uint8Array, more: string[] = []) => {
  await writeFile(join(folder, "model.onnx"), model);
  const words = [
    ...["--name", "torch", "--environment", "dev", "--data", "table@1"],
    ...["--onnx", join(folder, "model.onnx"), "--metrics", join(folder, "metrics.json")],
    ...["--endpoint", platform.s3.url, "--registry", platform.mlflow.url],
  ];
  await registerCommand(testSurroundings(platform)).parseAsync([...words, ...more], {
    from: "user",
  });
};
const exported = () => fromJson(ModelProtoSchema, fixture.model);
const bytes = (model = exported()) => toBinary(ModelProtoSchema, model);

describe("a file that PyTorch wrote", () => {
  it("X-01 is registered by its own signature and served with PyTorch's answers", async () => {
    await register(bytes(), ["--features", "a,b,c,d"]);
    const [version] = platform.mlflow.versions("torch");
    const release = version!.tags.find(({ key }) => key === tags.release)!.value;
    const store = new ReleaseStore(platform.services().objects, buckets.releases);
    const { evidence, files } = await store.manifest(release);
    expect(evidence.lineage.origin).toEqual({ kind: "file", producer: "pytorch 2.15.0+cu132" });
    const { sha256 } = files.find(({ role }) => role === "contract")!;
    expect(JSON.parse(new TextDecoder().decode(await store.file(sha256)))).toMatchObject({
      task: "classification",
      inputs: [{ name: "features", dataType: "FP32", shape: [-1, 4] }],
      features: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d" }],
      predictions: "label",
      probabilities: "probabilities",
    });
    const ours = await ask(platform, "torch", release, fixture.rows);
    expect(ours.label).toEqual(fixture.label);
    expect(largestDifference(ours.probabilities, fixture.probabilities)).toBeLessThan(1e-5);
  });

  it("exported for a fixed number of rows is refused with what to do, and nothing is registered", async () => {
    const model = exported();
    const type = model.graph!.input[0]!.type!.value;
    if (type.case !== "tensorType") throw new Error("no tensor");
    type.value.shape!.dim[0]!.value = { case: "dimValue", value: 6n };
    await expect(register(bytes(model))).rejects.toThrow(
      "input 'features' takes exactly 6 rows: export it with a free first dimension",
    );
    expect(platform.mlflow.runs.size).toBe(0);
  });

  it("with its weights beside it is refused", async () => {
    const model = exported();
    const place = create(StringStringEntryProtoSchema, { key: "location", value: "model.data" });
    model.graph!.initializer[0]!.externalData = [place];
    await expect(register(bytes(model))).rejects.toThrow("export them into this one");
  });

  it("cut short is refused before anything is asked", async () => {
    await expect(register(bytes().slice(0, 500))).rejects.toThrow("is no ONNX file");
    expect(platform.mlflow.requests).toEqual([]);
  });
});
