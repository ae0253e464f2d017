import type { Logger } from "pino";
import {
  backupDeadlineSeconds,
  type BackupList,
  type BackupPoint,
} from "../../contracts/backup.ts";
import { reason } from "../run/context.ts";
import type { BackupDestination } from "./destination.ts";

/** What a backup that was cut off stored so lately counts as stored. */
export const countedForMs = backupDeadlineSeconds * 1_000;

/**
 * How old a content is at least that nobody names and that is deleted: none that a backup which is under way counts as
 * stored gets so old before that one's deadline.
 */
export const sweptAfterMs = 2 * countedForMs;

/** Every content that a point names. */
export function contentsOf(point: BackupPoint, { objects }: BackupList): string[] {
  const { parts } = point.database;
  return [...parts, point.objects.list, ...objects].map(({ sha256 }) => sha256);
}

/**
 * Deletes the points beyond the newest `keep`, and then the contents that no kept point names. Where a kept point cannot
 * be read, no content is deleted: it may name any of them.
 */
export async function retain(
  destination: BackupDestination,
  keep: number,
  now: Date,
  log: Logger,
): Promise<void> {
  const names = await destination.points();
  for (const name of names.slice(keep)) {
    await destination.deletePoint(name);
    log.info({ point: name }, `backup ${name} is deleted: ${keep} newer ones are kept`);
  }
  const named = new Set<string>();
  try {
    for (const name of names.slice(0, keep)) {
      const { point } = await destination.point(name);
      for (const sha256 of contentsOf(point, await destination.list(point))) named.add(sha256);
    }
  } catch (error) {
    log.error(`no content is deleted, because a backup cannot be read: ${reason(error)}`);
    return;
  }
  let deleted = 0;
  for (const [sha256, { modified }] of await destination.contents()) {
    if (named.has(sha256) || now.getTime() - modified.getTime() < sweptAfterMs) continue;
    await destination.deleteContent(sha256);
    deleted += 1;
  }
  if (deleted > 0) log.info({ deleted }, `${deleted} contents are deleted that no backup names`);
}
