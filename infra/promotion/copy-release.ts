import { sha256Hex } from "../../contracts/canonical.ts";
import { imageTags } from "../../contracts/image-tags.ts";
import { openRun } from "../../contracts/job-run.ts";
import { artifactIfThere, type Mlflow } from "../../contracts/mlflow.ts";
import type { ModelVersion, Run } from "../../contracts/mlflow-types.ts";
import type { ModelContract } from "../../contracts/model-contract.ts";
import { contractIn, modelFolder } from "../../contracts/model-folder.ts";
import { tags } from "../../contracts/names.ts";
import { registerStored, versionOf } from "../../contracts/registration.ts";
import { type ReleaseManifest, shortDigest } from "../../contracts/release.ts";
import {
  BlobMissingError,
  ReleaseMissingError,
  ReleaseReader,
  ReleaseStore,
} from "../../contracts/release-store.ts";
import type { SourcePlace, TargetPlace } from "./place.ts";

/** A release by the name under which it is registered. */
export interface NamedRelease {
  model: string;
  /** All 64 digits. */
  digest: string;
}

/**
 * Copies one release from an environment's registry into another's: its files and its manifest in the object store, and a
 * version with a run, lineage and an MLflow model of its own. What is written is made of the files that the digest
 * covers, so nothing that was edited in the source's registry travels. Every file is read and checked by its digest on
 * both sides before there is a version. Stopped anywhere and done again, or done twice at once, it ends with one version.
 * From the source it only reads.
 * @throws DamagedError where a file, on either side, is not what its digest says
 */
export async function copyRelease(
  source: SourcePlace,
  target: TargetPlace,
  { model, digest }: NamedRelease,
): Promise<ModelVersion> {
  const name = `${model}@${shortDigest(digest)}`;
  const { manifest, files } = await readRelease(source, digest);
  if (manifest.model !== model) {
    throw new Error(`${name}: release ${shortDigest(digest)} is one of model ${manifest.model}`);
  }
  if ((await versionOf(source.mlflow, model, digest)) === undefined) {
    throw new Error(`${name}: the registry of ${source.environment} has no version of it`);
  }
  const contract = contractIn({ manifest, files });
  const run = await runOfCopy(source, target, model, digest, manifest, contract);
  for (const [path, content] of modelFolder({ manifest, digest, files })) {
    if (await holds(target.mlflow, run, path, content)) continue;
    await target.mlflow.uploadArtifact(run, `model/${path}`, content);
  }
  await new ReleaseStore(target.objects, target.bucket).put(manifest, files);
  await requireWhole(target, run, manifest, digest);
  const isNew = run.info.status !== "FINISHED";
  if (isNew) {
    const batch = {
      params: textOf(manifest.evidence.params),
      metrics: metricPoints(manifest),
      tags: { [tags.release]: digest },
    };
    await target.mlflow.logBatch(run.info.run_id, batch);
  }
  const version = await registerStored(target, {
    run,
    name: model,
    digest,
    tags: { [tags.from]: source.environment, [tags.copiedAt]: new Date().toISOString() },
  });
  if (isNew) await target.mlflow.endRun(run.info.run_id, "FINISHED");
  return version;
}

/**
 * The version of a release in an environment, where that and everything it names is there and sound.
 * @returns undefined where something is missing
 * @throws DamagedError where a file of the object store is not what its digest says
 */
export async function wholeVersion(
  place: Pick<TargetPlace, "mlflow" | "objects" | "bucket">,
  { model, digest }: NamedRelease,
): Promise<ModelVersion | undefined> {
  const version = await versionOf(place.mlflow, model, digest);
  if (version?.run_id === undefined) return undefined;
  const run = await place.mlflow.getRun(version.run_id);
  if (run.info.status !== "FINISHED") return undefined;
  try {
    const { manifest } = await readRelease(place, digest);
    return (await brokenFile(place.mlflow, run, manifest, digest)) === undefined
      ? version
      : undefined;
  } catch (error) {
    if (error instanceof ReleaseMissingError || error instanceof BlobMissingError) return undefined;
    throw error;
  }
}

interface ReadRelease {
  manifest: ReleaseManifest;
  /** Bytes by path, each checked. */
  files: Map<string, Uint8Array>;
}

async function readRelease(
  {
    objects,
    bucket,
  }: Pick<SourcePlace, "bucket"> & { objects: Pick<SourcePlace["objects"], "get"> },
  digest: string,
): Promise<ReadRelease> {
  const reader = new ReleaseReader(objects, bucket);
  const manifest = await reader.manifest(digest);
  const files = new Map<string, Uint8Array>();
  for (const { path, sha256 } of manifest.files) files.set(path, await reader.file(sha256));
  return { manifest, files };
}

/** The run of the version that is there already, or one that all who copy this release at once share. */
async function runOfCopy(
  source: SourcePlace,
  target: TargetPlace,
  model: string,
  digest: string,
  { evidence: { lineage } }: ReleaseManifest,
  { task }: ModelContract,
): Promise<Run> {
  const version = await versionOf(target.mlflow, model, digest);
  if (version?.run_id !== undefined) return target.mlflow.getRun(version.run_id);
  const { dataSet, optimiser, origin } = lineage;
  return openRun(target, {
    job: `copy-${digest}`,
    name: model,
    runName: `${model}-${shortDigest(digest)}`,
    bucket: target.bucket,
    tags: {
      [tags.training]: model,
      [tags.workload]: lineage.workload,
      [tags.environment]: lineage.environment,
      [tags.gitCommit]: lineage.gitCommit,
      ...imageTags(lineage.image),
      [tags.dataVersion]: dataSet.version,
      [tags.dataSha256]: dataSet.sha256,
      [tags.task]: task,
      ...(optimiser === undefined ? {} : { [tags.optimiser]: optimiser }),
      ...(origin === undefined ? {} : { [tags.origin]: `${origin.kind}: ${origin.producer}` }),
      [tags.from]: source.environment,
    },
  });
}

async function holds(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  run: Run,
  path: string,
  content: Uint8Array | string,
): Promise<boolean> {
  const held = await artifactDigest(mlflow, run, path);
  return held === sha256Hex(content);
}

/** @returns undefined where there is no such artifact in the model's folder */
async function artifactDigest(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  run: Run,
  path: string,
): Promise<string | undefined> {
  const bytes = await artifactIfThere(mlflow, run, `model/${path}`);
  return bytes && sha256Hex(bytes);
}

/** The first file of the MLflow model that is missing, or is not the release's. */
async function brokenFile(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  run: Run,
  manifest: ReleaseManifest,
  digest: string,
): Promise<string | undefined> {
  const wanted = [...manifest.files, { path: "release.json", sha256: digest }];
  for (const { path, sha256 } of wanted) {
    if ((await artifactDigest(mlflow, run, path)) !== sha256) return path;
  }
  return (await artifactDigest(mlflow, run, "MLmodel")) === undefined ? "MLmodel" : undefined;
}

/** Reads back what was written: a store may lose what it took, and a write-once key keeps what was there before. */
async function requireWhole(
  target: TargetPlace,
  run: Run,
  manifest: ReleaseManifest,
  digest: string,
): Promise<void> {
  await readRelease(target, digest);
  const broken = await brokenFile(target.mlflow, run, manifest, digest);
  if (broken !== undefined) {
    throw new Error(
      `release ${shortDigest(digest)}: the registry of ${target.environment} does not give back ${broken} as it was written`,
    );
  }
}

/** Dated by the training and not by the clock, so that a retry writes the points that are already there. */
function metricPoints({ evidence: { metrics, trainedAt } }: ReleaseManifest) {
  const timestamp = Date.parse(trainedAt);
  return Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp, step: 0 }));
}

function textOf(params: ReleaseManifest["evidence"]["params"]): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, String(value)]));
}
