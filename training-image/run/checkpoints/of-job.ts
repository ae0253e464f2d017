import type { TrainingRun } from "../../../contracts/training-run.ts";
import type { Services } from "../context.ts";
import { JobCheckpoints } from "./job-checkpoints.ts";
import { type CheckpointStore, folderPlace, objectPlace } from "./place.ts";
import type { CheckpointSettings } from "./settings.ts";

export interface JobPlaces {
  run: TrainingRun;
  job: string;
  checkpoints: CheckpointSettings;
}

/** Where an attempt keeps its checkpoints: every attempt of the same Job comes to the same places. */
export function checkpointsOf(
  services: Pick<Services, "log"> & { objects: CheckpointStore },
  { run, job, checkpoints }: JobPlaces,
): JobCheckpoints {
  const { objects, log } = services;
  const { folder, seconds } = checkpoints;
  return new JobCheckpoints({
    folder: folder === undefined ? undefined : folderPlace(folder, `${run.name}.${job}`),
    store: objectPlace(objects, run.objects.bucket, "checkpoints", `${run.name}/${job}`),
    seconds,
    log,
  });
}
