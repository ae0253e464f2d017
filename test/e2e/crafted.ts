import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import type { Evidence } from "../../contracts/evidence.ts";
import type { Run } from "../../contracts/mlflow-types.ts";
import { modelFolder } from "../../contracts/model-folder.ts";
import { registerStored } from "../../contracts/registration.ts";
import type { ReleaseManifest } from "../../contracts/release.ts";
import { ReleaseReader } from "../../contracts/release-store.ts";
import type { TargetPlace } from "../../infra/promotion/place.ts";

/** A release that was really trained: manifest and bytes by path. */
export interface Trained {
  manifest: ReleaseManifest;
  files: ReadonlyMap<string, Uint8Array>;
}

/** Reads a release whole, each file checked by its digest. */
export async function readTrained(
  { objects, bucket }: TargetPlace,
  digest: string,
): Promise<Trained> {
  const reader = new ReleaseReader(objects, bucket);
  const manifest = await reader.manifest(digest);
  const files = new Map<string, Uint8Array>();
  for (const { path, sha256 } of manifest.files) files.set(path, await reader.file(sha256));
  return { manifest, files };
}

export interface Crafted {
  /** All 64 digits. */
  digest: string;
  run: Run;
}

/**
 * Registers what was trained once more, as another model or with other evidence, by the steps of a registration: files,
 * model folder, manifest, version. What is said of it need not be true, nor whole.
 * @param change is given the evidence, and says what it is instead
 */
export async function register(
  { mlflow, objects, bucket }: TargetPlace,
  { manifest, files }: Trained,
  model: string,
  change: (evidence: Evidence) => unknown = (evidence) => evidence,
): Promise<Crafted> {
  const experiment = await mlflow.ensureExperiment(model);
  const run = await mlflow.createRun(experiment, model, {});
  const crafted = { ...manifest, model, evidence: change(manifest.evidence) } as ReleaseManifest;
  const text = canonicalJson(crafted);
  const digest = sha256Hex(text);
  for (const { path, sha256 } of manifest.files) {
    await objects.putOnce(bucket, `blobs/sha256/${sha256}`, files.get(path) ?? "");
  }
  await objects.putOnce(bucket, `releases/${digest}.json`, text);
  const folder = modelFolder({ manifest: crafted, digest, files });
  await Promise.all(
    [...folder].map(([path, content]) => mlflow.uploadArtifact(run, `model/${path}`, content)),
  );
  await registerStored({ mlflow }, { run, name: model, digest });
  await mlflow.endRun(run.info.run_id, "FINISHED");
  return { digest, run };
}
