import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { DriftBaseline } from "../../../contracts/baseline.ts";
import { tags } from "../../../contracts/names.ts";
import { attempt } from "../../run/attempt.ts";
import { FakePlatform } from "../../testing/platform.ts";
import { testContext } from "../../testing/training-context.ts";
import { wine } from "./declaration.ts";
import { wineWorkload } from "./workload.ts";

/**
 * What a training of wine leaves behind, against fakes of the registry and the object store. That stock MLflow opens it
 * is shown by test/exported-models.
 */
const platform = new FakePlatform();
let files: Map<string, string>;
beforeAll(async () => {
  await platform.start();
  const { parameters } = testContext(wine, { steps: 100 });
  const config = platform.config({ run: platform.run({ workload: "wine" }), parameters });
  const services = platform.services({ fetch: platform.direct });
  await attempt(services, config, wineWorkload, readFile);
  const [version] = platform.mlflow.versions("demo");
  const folder = `${version!.source.replace("mlflow-artifacts:/", "")}/`;
  files = new Map(
    [...platform.mlflow.artifacts]
      .filter(([path]) => path.startsWith(folder))
      .map(([path, bytes]) => [path.slice(folder.length), bytes.toString()]),
  );
});
afterAll(() => platform.stop());

const json = (path: string): unknown => JSON.parse(files.get(path)!);
const run = () => platform.mlflow.runs.values().next().value!;

describe("a registered wine", () => {
  it("U-06 has accuracy, f1_macro and the folds' scores logged, with the hash of its data", () => {
    const logged = new Map([...run().metrics.values()].map(({ key, value }) => [key, value]));
    for (const metric of Object.keys(wine.metrics)) expect(logged.get(metric)).toBeGreaterThan(0);
    expect(logged.get("accuracy")).toBeGreaterThan(0.85);
    const { dataSet } = wineWorkload;
    const sha256 = dataSet.kind === "bundled" ? dataSet.sha256 : "";
    expect(run().tags.get(tags.dataSha256)).toBe(sha256);
    expect(json("release.json")).toMatchObject({ evidence: { lineage: { dataSet: { sha256 } } } });
  });

  it("U-06 has the drift baseline, ten bins a feature, beside the model", () => {
    const { features } = DriftBaseline.parse(json("baseline.json"));
    expect(features).toHaveLength(13);
    expect(files.has("model.onnx")).toBe(true);
  });

  it("U-06 U-13 is an MLflow model with its signature and an input example of that shape", () => {
    const file = parse(files.get("MLmodel")!) as {
      flavors: Record<string, unknown>;
      signature: { inputs: string };
      saved_input_example_info: { artifact_path: string };
    };
    expect(Object.keys(file.flavors)).toEqual(["onnx", "python_function"]);
    expect(JSON.parse(file.signature.inputs)).toEqual([
      {
        name: "features",
        type: "tensor",
        "tensor-spec": { dtype: "float32", shape: [-1, 13] },
      },
    ]);
    const example = json(file.saved_input_example_info.artifact_path) as { features: number[][] };
    expect(example.features.map((row) => row.length)).toEqual([13]);
  });
});
