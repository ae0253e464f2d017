import type { Mlflow } from "../../contracts/mlflow.ts";
import { type ModelVersion, tagOf } from "../../contracts/mlflow-types.ts";
import { tags } from "../../contracts/names.ts";

/** A version and the full digest of the release it is. */
export interface RegisteredRelease {
  digest: string;
  version: ModelVersion;
}

/**
 * The registered release of a model that starts with these digits. A release that was stored and never registered, such as
 * a sweep's trial that was not the best one, is none.
 * @param start 12 to 64 hexadecimal digits
 * @returns undefined where the registry has no such version
 * @throws Error where several releases start so
 */
export async function findVersion(
  mlflow: Pick<Mlflow, "modelVersions">,
  model: string,
  start: string,
): Promise<RegisteredRelease | undefined> {
  const found = (await mlflow.modelVersions(model)).flatMap((version) => {
    const digest = tagOf(version, tags.release);
    return digest?.startsWith(start) ? [{ digest, version }] : [];
  });
  const digests = new Set(found.map(({ digest }) => digest));
  if (digests.size > 1) {
    throw new Error(
      `${digests.size} releases of ${model} start with ${start}: write all 64 digits of the one that is meant`,
    );
  }
  // Of two versions of one release the older one counts, as everywhere.
  return found.at(-1);
}
