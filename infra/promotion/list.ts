import { tagOf } from "../../contracts/mlflow-types.ts";
import { describeVerdict, judge } from "../../contracts/gates.ts";
import { tags } from "../../contracts/names.ts";
import { isSameRelease, shortDigest } from "../../contracts/release.ts";
import { ReleaseReader } from "../../contracts/release-store.ts";
import type { SourcePlace } from "./place.ts";
import { allModels, type Stack } from "./stacks.ts";

/** A registered release, as people look at it. */
export interface ListedRelease {
  model: string;
  version: string;
  release: string;
  trainedAt: string;
  /** Environment that trained it, and the one it was copied from where that is another. */
  origin: string;
  /** Slot and share by the stack file, such as "green 10 %". */
  slot: string;
  gates: string;
}

/** The releases that an environment's registry holds of the models in its stack file, newest first. */
export async function listReleases(
  stack: Stack,
  { mlflow, objects, bucket }: SourcePlace,
  limit = 20,
): Promise<ListedRelease[]> {
  const reader = new ReleaseReader(objects, bucket);
  const rows: ListedRelease[] = [];
  for (const [model, { slots, shadow, gates }] of allModels(stack)) {
    const named = Object.entries({ ...slots, shadow });
    for (const version of (await mlflow.modelVersions(model)).slice(0, limit)) {
      const digest = tagOf(version, tags.release);
      if (digest === undefined) continue;
      const held = named.find(([, slot]) => slot && isSameRelease(slot.release, digest));
      const weight = held?.[1] && "weight" in held[1] ? ` ${held[1].weight} %` : "";
      const row = {
        model,
        version: version.version,
        release: shortDigest(digest),
        slot: held === undefined ? "" : `${held[0]}${weight}`,
      };
      try {
        const { evidence } = await reader.manifest(digest);
        const trainedIn = evidence.lineage.environment;
        const from = tagOf(version, tags.from);
        rows.push({
          ...row,
          trainedAt: evidence.trainedAt,
          origin: from === undefined || from === trainedIn ? trainedIn : `${trainedIn} by ${from}`,
          gates: describeVerdict(judge(evidence, gates)),
        });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        rows.push({ ...row, trainedAt: "", origin: "", gates: reason });
      }
    }
  }
  return rows;
}
