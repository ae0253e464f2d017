import type { Mlflow } from "./mlflow.ts";
import { type ModelVersion, type Run, tagOf } from "./mlflow-types.ts";
import { aliases, tags } from "./names.ts";
import { shortDigest } from "./release.ts";

export interface StoredRelease {
  /** The run that the release was stored with. */
  run: Run;
  name: string;
  digest: string;
  /** Tags of the version, beside those that every version has. */
  tags?: Readonly<Record<string, string>>;
}

/**
 * Makes a stored release a version, or finds the one that it is, and moves the alias `candidate` to it. Stopped anywhere
 * and done again, or done twice at once, it ends the same.
 */
export async function registerStored(
  { mlflow }: { mlflow: Mlflow },
  stored: StoredRelease,
): Promise<ModelVersion> {
  const version = await oneVersion(mlflow, stored);
  await moveCandidate(mlflow, version);
  return version;
}

/** The version of a release, where it has one. */
export async function versionOf(
  mlflow: Pick<Mlflow, "modelVersions">,
  name: string,
  digest: string,
): Promise<ModelVersion | undefined> {
  return (await versionsOf(mlflow, name, digest))[0];
}

async function oneVersion(
  mlflow: Mlflow,
  { run, name, digest, tags: more }: StoredRelease,
): Promise<ModelVersion> {
  await mlflow.ensureRegisteredModel(name);
  if ((await versionOf(mlflow, name, digest)) === undefined) {
    await mlflow.createModelVersion({
      name,
      source: `${run.info.artifact_uri}/model`,
      runId: run.info.run_id,
      tags: { ...more, [tags.release]: digest, [tags.training]: name },
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
async function versionsOf(
  mlflow: Pick<Mlflow, "modelVersions">,
  name: string,
  digest: string,
): Promise<ModelVersion[]> {
  const versions = await mlflow.modelVersions(name);
  return versions.filter((version) => tagOf(version, tags.release) === digest).reverse();
}

/** A late retry must not take the alias back from a newer version. */
async function moveCandidate(mlflow: Mlflow, version: ModelVersion): Promise<void> {
  const current = await mlflow.versionByAlias(version.name, aliases.candidate);
  if (current !== undefined && Number(current.version) >= Number(version.version)) return;
  await mlflow.setAlias(version.name, aliases.candidate, version.version);
}

/**
 * Moves the alias `champion` to the version of a release, from whichever has it. Done again it changes nothing.
 * @returns the version where the alias moved, undefined where it was there already
 * @throws Error where the registry has no version of the release
 */
export async function moveChampion(
  mlflow: Pick<Mlflow, "modelVersions" | "versionByAlias" | "setAlias">,
  name: string,
  digest: string,
): Promise<ModelVersion | undefined> {
  const current = await mlflow.versionByAlias(name, aliases.champion);
  if (current !== undefined && tagOf(current, tags.release) === digest) return undefined;
  const version = await versionOf(mlflow, name, digest);
  if (version === undefined) {
    throw new Error(`the registry has no version of ${name}@${shortDigest(digest)}`);
  }
  await mlflow.setAlias(name, aliases.champion, version.version);
  return version;
}
