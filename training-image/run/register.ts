import type { Mlflow } from "../../contracts/mlflow.ts";
import { type ModelVersion, type Run, tagOf } from "../../contracts/mlflow-types.ts";
import { aliases, tags } from "../../contracts/names.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import type { TrainedModel } from "../workloads/workload.ts";
import type { Services } from "./context.ts";
import { modelFolder } from "./mlflow-model.ts";
import type { Release } from "./release.ts";

export interface StoreOptions {
  run: Run;
  bucket: string;
  trained: TrainedModel;
  release: Release;
}

export interface RegisterOptions extends StoreOptions {
  /** Name of the training definition, which is the registered model's as well. */
  name: string;
}

/**
 * Stores a release and registers it. A version comes after everything it names is whole, and there is one for a
 * release: stopped anywhere and done again, or done twice at once, it ends the same.
 */
export async function register(
  services: Services,
  options: RegisterOptions,
): Promise<ModelVersion> {
  const { run, name, release } = options;
  await storeRelease(services, options);
  return registerStored(services, { run, name, digest: release.digest });
}

/** Stores a release and its model folder whole, and names it in its run; no version says so yet. */
export async function storeRelease(services: Services, options: StoreOptions): Promise<void> {
  const { mlflow, objects } = services;
  const { run, bucket, release, trained } = options;
  for (const [path, content] of modelFolder({ ...release, trained })) {
    await mlflow.uploadArtifact(run, `model/${path}`, content);
  }
  await new ReleaseStore(objects, bucket).put(release.manifest, release.files);
  await mlflow.logBatch(run.info.run_id, { tags: { [tags.release]: release.digest } });
}

export interface StoredRelease {
  /** The run that the release was stored with. */
  run: Run;
  name: string;
  digest: string;
}

/** Makes a stored release a version, or finds the one that it is. */
export async function registerStored(
  { mlflow }: Services,
  stored: StoredRelease,
): Promise<ModelVersion> {
  const version = await oneVersion(mlflow, stored);
  await moveCandidate(mlflow, version);
  return version;
}

/** The version of a release, where it has one. */
export async function versionOf(
  mlflow: Mlflow,
  name: string,
  digest: string,
): Promise<ModelVersion | undefined> {
  return (await versionsOf(mlflow, name, digest))[0];
}

async function oneVersion(
  mlflow: Mlflow,
  { run, name, digest }: StoredRelease,
): Promise<ModelVersion> {
  await mlflow.ensureRegisteredModel(name);
  if ((await versionOf(mlflow, name, digest)) === undefined) {
    await mlflow.createModelVersion({
      name,
      source: `${run.info.artifact_uri}/model`,
      runId: run.info.run_id,
      tags: { [tags.release]: digest, [tags.training]: name },
    });
  }
  // The registry makes a new number for every request, also for one that is sent again because its answer was lost.
  // Numbers only grow, so all who look after their own request agree on which one is the first.
  const [first, ...others] = await versionsOf(mlflow, name, digest);
  if (first === undefined) throw new Error(`mlflow: the new version of ${name} is not listed`);
  for (const other of others) await mlflow.deleteModelVersion(name, other.version);
  return first;
}

/** Oldest first. */
async function versionsOf(mlflow: Mlflow, name: string, digest: string): Promise<ModelVersion[]> {
  const versions = await mlflow.modelVersions(name);
  return versions.filter((version) => tagOf(version, tags.release) === digest).reverse();
}

/** A late retry must not take the alias back from a newer version. */
async function moveCandidate(mlflow: Mlflow, version: ModelVersion): Promise<void> {
  const current = await mlflow.versionByAlias(version.name, aliases.candidate);
  if (current !== undefined && Number(current.version) >= Number(version.version)) return;
  await mlflow.setAlias(version.name, aliases.candidate, version.version);
}
