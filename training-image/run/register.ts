import type { ModelVersion, Run } from "../../contracts/mlflow-types.ts";
import { modelFolder } from "../../contracts/model-folder.ts";
import { tags } from "../../contracts/names.ts";
import { registerStored } from "../../contracts/registration.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import type { Services } from "./context.ts";
import type { Release } from "./release.ts";

export interface StoreOptions {
  run: Run;
  bucket: string;
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
  const { run, bucket, release } = options;
  for (const [path, content] of modelFolder(release)) {
    await mlflow.uploadArtifact(run, `model/${path}`, content);
  }
  await new ReleaseStore(objects, bucket).put(release.manifest, release.files);
  await mlflow.logBatch(run.info.run_id, { tags: { [tags.release]: release.digest } });
}
