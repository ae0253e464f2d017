import { isAbsolute } from "node:path";

export interface CheckpointSettings {
  /** Where they are kept beside the object store; undefined where no folder outlives the process. */
  folder?: string | undefined;
  /** Least seconds between two. */
  seconds: number;
}

export const checkpointFolderVariable = "ISOTHERM_CHECKPOINT_DIR";
export const checkpointSecondsVariable = "ISOTHERM_CHECKPOINT_SECONDS";

const defaultSeconds = 60;

/** Reads where checkpoints go and how often; mistakes are added to `problems`. */
export function readCheckpointSettings(
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): CheckpointSettings {
  const folder = environment[checkpointFolderVariable] || undefined;
  if (folder !== undefined && !isAbsolute(folder)) {
    problems.push(
      `${checkpointFolderVariable}: must be an absolute path, such as /data/checkpoints`,
    );
  }
  const text = environment[checkpointSecondsVariable] || String(defaultSeconds);
  if (!/^\d+(\.\d+)?$/.test(text)) {
    problems.push(`${checkpointSecondsVariable}: must be a number of seconds, such as 60`);
  }
  return { folder, seconds: Number(text) };
}
