import { canonicalJson } from "./canonical.ts";
import { type Comparison, comparisonKey, parseComparison } from "./comparison.ts";
import { artifactIfThere, type Mlflow } from "./mlflow.ts";
import { type ModelVersion, type Run, tagOf } from "./mlflow-types.ts";
import { tags } from "./names.ts";
import { versionOf } from "./registration.ts";

/**
 * Keeps a comparison in the registry where the candidate is: as an artifact of its run, under a name that holds the
 * digests of both releases and its own, and in the version's tags. Of several, the tags name the last one.
 * @returns false where the registry has no version of the candidate
 */
export async function keepComparison(mlflow: Mlflow, comparison: Comparison): Promise<boolean> {
  const { model, candidate, incumbent } = comparison;
  const version = await versionOf(mlflow, model, candidate.release);
  if (version?.run_id === undefined) return false;
  const key = comparisonKey(comparison);
  const run = await mlflow.getRun(version.run_id);
  await mlflow.uploadArtifact(run, key, canonicalJson(comparison));
  await mlflow.setVersionTag(model, version.version, tags.comparison, key);
  await mlflow.setVersionTag(model, version.version, tags.comparedWith, incumbent.release);
  return true;
}

/**
 * The comparison that a version's tags name.
 * @returns undefined where there is none, or the registry does not have it
 * @throws Error where it is not what its name says
 */
export async function keptComparison(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  version: ModelVersion,
  run: Run,
): Promise<Comparison | undefined> {
  const key = tagOf(version, tags.comparison);
  if (key === undefined) return undefined;
  const bytes = await artifactIfThere(mlflow, run, key);
  return bytes && parseComparison(bytes, key);
}
