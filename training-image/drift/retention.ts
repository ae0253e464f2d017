import { auditPrefix } from "../../contracts/audit-record.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";

/** Days before the oldest that is kept which are looked at: as long as nobody cleaned up. */
const daysBack = 30;
const dayMs = 24 * 3_600_000;

/**
 * Deletes logged answers and labels older than so many days, day by day. An object store's own lifecycle rules would do
 * the same; versitygw, the bundled one, does not have them.
 * @returns how many objects were deleted
 */
export async function deleteOldLogs(
  objects: Pick<ObjectStore, "list" | "delete">,
  bucket: string,
  place: { environment: string; model: string },
  retentionDays: number,
  now: Date,
): Promise<number> {
  let deleted = 0;
  for (const log of ["audit", "feedback"] as const) {
    for (let back = 1; back <= daysBack; back++) {
      const day = new Date(now.getTime() - (retentionDays + back) * dayMs);
      for (const key of await objects.list(bucket, auditPrefix(log, place, day, "day"))) {
        await objects.delete(bucket, key);
        deleted++;
      }
    }
  }
  return deleted;
}
