import type { ModelContract } from "../../contracts/model-contract.ts";
import { sha256Hex } from "../../contracts/canonical.ts";
import { inputExamplePath } from "../../contracts/input-example.ts";
import { buckets } from "../../contracts/names.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import type { FileRole } from "../../contracts/release.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import { FakeS3 } from "../../contracts/testing/fake-s3.ts";
import { manifestWith } from "../../test/releases.ts";
import { emit } from "../../training-image/engine/emit.ts";
import { argMax, log, matmul, softmax } from "../../training-image/engine/ops.ts";
import { constant, input } from "../../training-image/engine/tensor.ts";

export const credentials = { accessKeyId: "test-key", secretAccessKey: "test-secret-value" };

/** An object store with an empty bucket for releases; whoever starts it closes it. */
export async function startStore(): Promise<FakeS3> {
  const s3 = await new FakeS3(credentials.accessKeyId).listen();
  s3.buckets.add(buckets.releases);
  return s3;
}

export const toyContract: ModelContract = {
  schema: "isotherm.dev/model-contract/v1",
  model: "toy",
  task: "classification",
  inputs: [{ name: "features", dataType: "FP32", shape: [-1, 3] }],
  outputs: [
    { name: "label", dataType: "INT64", shape: [-1] },
    { name: "probabilities", dataType: "FP32", shape: [-1, 3] },
  ],
  features: [{ name: "a" }, { name: "b" }, { name: "c" }],
  classes: ["first", "second", "third"],
  predictions: "label",
  probabilities: "probabilities",
};

/** Three features in, the largest of them wins; with a negative slope the smallest does. */
export function toyGraph(slope = 1, hasLogarithm = false): Uint8Array {
  const features = input("features", ["batch", 3]);
  const weights = Float32Array.from([slope, 0, 0, 0, slope, 0, 0, 0, slope]);
  const scores = matmul(hasLogarithm ? log(features) : features, constant(weights, [3, 3]));
  return emit({
    name: "toy",
    inputs: [features],
    outputs: { label: argMax(scores), probabilities: softmax(scores) },
  });
}

export interface ToyRelease {
  graph?: Uint8Array;
  contract?: Partial<ModelContract>;
  model?: string;
  /** Graphs of the physics beside the model's. */
  physics?: Partial<Readonly<Record<FileRole, Uint8Array>>>;
  /** The input example, as text. */
  example?: string;
}

/** Stores a release the way a training does. @returns its digest, and the digest of its graph. */
export async function storeToy(
  s3: FakeS3,
  { graph = toyGraph(), contract = {}, model = "toy", physics = {}, example }: ToyRelease = {},
): Promise<{ release: string; graph: string }> {
  // Other outputs than the toy's have classes and probabilities of their own, or none.
  const base = { ...toyContract };
  if (contract.outputs !== undefined) {
    delete base.classes;
    delete base.probabilities;
  }
  const text = JSON.stringify({ ...base, model, ...contract });
  const contents = new Map([
    ["model.onnx", graph],
    ["contract.json", new TextEncoder().encode(text)],
  ]);
  const manifest = manifestWith({ accuracy: 0.9 }, model);
  manifest.evidence.lineage.dataSet.version = "data-7";
  const graphs = Object.entries(physics) as [FileRole, Uint8Array][];
  for (const [role, bytes] of graphs) contents.set(`${role}.onnx`, bytes);
  const roles: { path: string; role: FileRole }[] = graphs.map(([role]) => ({
    path: `${role}.onnx`,
    role,
  }));
  if (example !== undefined) {
    contents.set(inputExamplePath, new TextEncoder().encode(example));
    roles.push({ path: inputExamplePath, role: "example" });
  }
  manifest.files = [...manifest.files, ...roles].map(({ path, role }) => {
    const bytes = contents.get(path) as Uint8Array;
    return { path, role, size: bytes.length, sha256: sha256Hex(bytes) };
  });
  const store = new ObjectStore({ endpoint: s3.url, region: "us-east-1", ...credentials });
  const release = await new ReleaseStore(store, buckets.releases).put(manifest, contents);
  return { release, graph: sha256Hex(graph) };
}
