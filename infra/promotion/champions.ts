import type { Mlflow } from "../../contracts/mlflow.ts";
import { moveChampion } from "../../contracts/registration.ts";
import { shortDigest } from "../../contracts/release.ts";
import { incumbentOf } from "../incumbent.ts";
import type { Live } from "../live.ts";
import type { Stack } from "./stacks.ts";

/**
 * Has the alias `champion` of each model follow the requests that are live: whatever moved them, and whatever ended before
 * the alias moved too.
 * @returns a sentence for each that moved, or could not
 */
export async function reconcileChampions(
  { models }: Pick<Stack, "models">,
  live: Live,
  mlflow: Pick<Mlflow, "modelVersions" | "versionByAlias" | "setAlias">,
): Promise<string[]> {
  const texts: string[] = [];
  for (const model of models.keys()) {
    const digest = incumbentOf(live, model);
    if (digest === undefined) continue;
    try {
      const version = await moveChampion(mlflow, model, digest);
      if (version === undefined) continue;
      texts.push(
        `${model}: version ${version.version}, release ${shortDigest(digest)}, is champion now: it has most of the requests`,
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      texts.push(`${model}: the alias champion was not moved: ${reason}`);
    }
  }
  return texts;
}
