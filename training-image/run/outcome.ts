import { type Run, tagOf } from "../../contracts/mlflow-types.ts";
import { tags } from "../../contracts/names.ts";
import type { Services } from "./context.ts";
import { versionOf } from "../../contracts/registration.ts";

/** What a Job comes to. */
export interface Outcome {
  model: string;
  version: string;
  release: string;
}

/** What a run that has finished before came to; undefined where there is something left to do. */
export async function earlierOutcome(
  services: Services,
  name: string,
  run: Run,
): Promise<Outcome | undefined> {
  const release = tagOf(run.data, tags.release);
  if (run.info.status !== "FINISHED" || release === undefined) return undefined;
  const version = await versionOf(services.mlflow, name, release);
  return version && { model: name, version: version.version, release };
}
