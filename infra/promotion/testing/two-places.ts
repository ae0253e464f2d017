import { canonicalJson, sha256Hex } from "../../../contracts/canonical.ts";
import type { Mlflow } from "../../../contracts/mlflow.ts";
import type { ModelContract } from "../../../contracts/model-contract.ts";
import { modelFolder } from "../../../contracts/model-folder.ts";
import { buckets, tags } from "../../../contracts/names.ts";
import type { ObjectStore } from "../../../contracts/object-store.ts";
import { registerStored } from "../../../contracts/registration.ts";
import { type FileRole, releaseDigest, ReleaseManifest } from "../../../contracts/release.ts";
import { ReleaseStore } from "../../../contracts/release-store.ts";
import { FakePlatform } from "../../../training-image/testing/platform.ts";
import type { NamedRelease } from "../copy-release.ts";
import type { TargetPlace } from "../place.ts";

/** Two environments as fakes: dev, where releases are made, and staging. */
export class TwoPlaces {
  readonly dev = new FakePlatform();
  readonly staging = new FakePlatform();

  async start(): Promise<this> {
    await Promise.all([this.dev.start(), this.staging.start()]);
    return this;
  }

  async stop(): Promise<void> {
    await Promise.all([this.dev.stop(), this.staging.stop()]);
  }

  /** Makes both empty, as they were at the start. */
  clear(): void {
    for (const { mlflow, s3 } of [this.dev, this.staging]) {
      const { experiments, runs, artifacts, models } = mlflow;
      for (const held of [experiments, runs, artifacts, models, s3.objects]) held.clear();
    }
  }

  /** Asks the fakes without a network. */
  readonly direct: typeof fetch = (resource, init) => {
    const request = new Request(resource, init);
    const isDev = [this.dev.mlflow.url, this.dev.s3.url].some((url) => request.url.startsWith(url));
    return (isDev ? this.dev : this.staging).direct(request);
  };

  place(environment: "dev" | "staging", ask: typeof fetch = this.direct): TargetPlace {
    const { mlflow, objects } = this[environment].services({ fetch: ask });
    return { environment, mlflow, objects, bucket: buckets.releases };
  }
}

interface Sample {
  model?: string;
  metrics?: ReleaseManifest["evidence"]["metrics"];
  /** What tells one sample from another. */
  weights?: string;
  trainedAt?: string;
  workload?: string;
}

/** A small release as a training leaves it: stored, with an MLflow model, registered, its run finished. */
export async function registerSample(
  place: { mlflow: Mlflow; objects: Pick<ObjectStore, "get" | "putOnce"> },
  { model = "wine", metrics = { accuracy: 0.97 }, weights = "1", ...more }: Sample = {},
): Promise<NamedRelease & { manifest: ReleaseManifest }> {
  const { mlflow, objects } = place;
  const contract: ModelContract = {
    schema: "isotherm.dev/model-contract/v1",
    model,
    task: "classification",
    inputs: [{ name: "x", dataType: "FP32", shape: [-1, 1] }],
    outputs: [{ name: "y", dataType: "FP32", shape: [-1, 2] }],
    features: [{ name: "x" }],
    classes: ["no", "yes"],
    predictions: "y",
  };
  const parts: [string, FileRole, string][] = [
    ["model.onnx", "model", `the graph with weights ${weights}`],
    ["contract.json", "contract", canonicalJson(contract)],
    ["input_example.json", "example", '{"x":[[1]]}'],
  ];
  const files = new Map(parts.map(([path, , text]) => [path, new TextEncoder().encode(text)]));
  const experiment = await mlflow.ensureExperiment(model);
  const run = await mlflow.createRun(experiment, model, { [tags.training]: model });
  const manifest = ReleaseManifest.parse({
    schema: "isotherm.dev/release/v1",
    model,
    files: parts.map(([path, role]) => {
      const bytes = files.get(path) as Uint8Array;
      return { path, role, size: bytes.length, sha256: sha256Hex(bytes) };
    }),
    evidence: {
      schema: "isotherm.dev/evidence/v1",
      run: { id: run.info.run_id, experiment: model },
      trainedAt: more.trainedAt ?? "2026-01-02T03:04:05.000Z",
      metrics,
      params: { hidden: 32, optimiser: "adam", centred: true },
      lineage: {
        environment: "dev",
        workload: more.workload ?? model,
        gitCommit: "c".repeat(40),
        image: "localhost/isotherm/training:1",
        dataSet: { name: "wine", version: "uci-109", sha256: "d".repeat(64), rows: 178 },
        optimiser: "adam",
      },
    },
  } satisfies ReleaseManifest);
  const digest = releaseDigest(manifest);
  for (const [path, content] of modelFolder({ manifest, digest, files })) {
    await mlflow.uploadArtifact(run, `model/${path}`, content);
  }
  await new ReleaseStore(objects, buckets.releases).put(manifest, files);
  await registerStored({ mlflow }, { run, name: model, digest });
  await mlflow.endRun(run.info.run_id, "FINISHED");
  return { model, digest, manifest };
}
