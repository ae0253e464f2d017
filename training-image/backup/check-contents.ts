import type { BackupList, BackupObject } from "../../contracts/backup.ts";
import { buckets } from "../../contracts/names.ts";
import { parseRelease, type ReleaseManifest, shortDigest } from "../../contracts/release.ts";
import { reason } from "../run/context.ts";
import { eachAtOnce } from "./at-once.ts";
import { digestInKey, placeOf } from "./copy-objects.ts";
import type { BackupDestination } from "./destination.ts";

const atOnce = 8;

/** A backup's objects, as far as they are sound, and what is wrong with the others, a sentence each. */
export interface CheckedObjects {
  objects: ReadonlyMap<string, BackupObject>;
  /** By digest. */
  releases: ReadonlyMap<string, ReleaseManifest>;
  problems: string[];
}

/**
 * Reads every object of a point at the destination and checks it by its digest; a release's manifest also by the digest
 * that names it, and that each of its files is there.
 */
export async function checkContents(
  destination: BackupDestination,
  list: BackupList,
): Promise<CheckedObjects> {
  const objects = new Map(list.objects.map((object) => [placeOf(object), object]));
  const releases = new Map<string, ReleaseManifest>();
  const problems: string[] = [];
  await eachAtOnce(contentsByDigest(list), atOnce, async ([first, ...others]) => {
    let bytes: Uint8Array;
    try {
      bytes = await destination.content(first);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "DamagedError") throw error;
      for (const object of [first, ...others]) {
        problems.push(`${placeOf(object)}: its content ${error.message}`);
        objects.delete(placeOf(object));
      }
      return;
    }
    for (const { bucket, key, sha256 } of [first, ...others]) {
      const named = digestInKey(bucket, key);
      if (named !== undefined && named !== sha256) {
        problems.push(`${bucket}/${key}: was damaged when it was backed up`);
        objects.delete(`${bucket}/${key}`);
      } else if (named !== undefined && key.startsWith("releases/")) {
        try {
          releases.set(named, parseRelease(new TextDecoder().decode(bytes), named));
        } catch (error) {
          problems.push(reason(error));
        }
      }
    }
  });
  for (const [digest, { files }] of releases) {
    for (const { path, sha256 } of files) {
      if (objects.has(`${buckets.releases}/blobs/sha256/${sha256}`)) continue;
      problems.push(`release ${shortDigest(digest)}: its file ${path} is missing or damaged`);
    }
  }
  return { objects, releases, problems };
}

type Same = [BackupObject, ...BackupObject[]];

/** The same content in several places is read once. */
function contentsByDigest({ objects }: BackupList): Same[] {
  const bySha256 = new Map<string, Same>();
  for (const object of objects) {
    const same = bySha256.get(object.sha256);
    if (same === undefined) bySha256.set(object.sha256, [object]);
    else same.push(object);
  }
  return [...bySha256.values()];
}
