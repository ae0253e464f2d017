import { sha256Hex } from "../contracts/canonical.ts";
import { artifactIfThere, type Mlflow } from "../contracts/mlflow.ts";
import type { Run } from "../contracts/mlflow-types.ts";
import { type ReleaseManifest, shortDigest } from "../contracts/release.ts";

/**
 * What is wrong with the files that the registry holds of a release, each read and held against the manifest; undefined
 * where nothing is. One that is gone is no fault: servers read the object store's, and refuse what is not whole there.
 */
export async function fileFault(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  run: Run,
  { files }: Pick<ReleaseManifest, "files">,
): Promise<string | undefined> {
  for (const { path, sha256 } of files) {
    const bytes = await artifactIfThere(mlflow, run, `model/${path}`);
    const digest = bytes === undefined ? sha256 : sha256Hex(bytes);
    if (digest === sha256) continue;
    return `${path} is not the file that the manifest names: its digest is ${shortDigest(digest)}, not ${shortDigest(sha256)}`;
  }
  return undefined;
}
