import type { Logger } from "pino";
import type { BackupList } from "../../contracts/backup.ts";
import { sha256Hex } from "../../contracts/canonical.ts";
import { buckets } from "../../contracts/names.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { BadInputError } from "../workloads/errors.ts";
import { eachAtOnce } from "./at-once.ts";
import { placeOf } from "./copy-objects.ts";
import type { BackupDestination } from "./destination.ts";

const atOnce = 8;

type Registry = Pick<ObjectStore, "get" | "putOnce" | "listEntries">;

/**
 * Copies a point's objects into a registry's store that holds nothing else, each checked by its digest. Killed anywhere
 * and done again it goes on: what is there and the same is left. Nothing is written over.
 * @throws BadInputError where the store holds anything that is not the point's; nothing is written then
 * @throws DamagedError where a content is missing or was altered
 */
export async function restoreObjects(
  registry: Registry,
  destination: BackupDestination,
  list: BackupList,
  log: Logger,
): Promise<number> {
  const there = await requireEmpty(registry, list);
  const missing = list.objects.filter((object) => !there.has(placeOf(object)));
  log.info({ missing: missing.length, there: there.size }, `${missing.length} objects to restore`);
  await eachAtOnce(missing, atOnce, async ({ bucket, key, sha256 }) => {
    const bytes = await destination.content({ sha256 });
    if (await registry.putOnce(bucket, key, bytes)) return;
    const other = await registry.get(bucket, key);
    if (other === undefined || sha256Hex(other) !== sha256) throw notEmpty([`${bucket}/${key}`]);
  });
  return missing.length;
}

/** Places of what is there already. */
async function requireEmpty(registry: Registry, list: BackupList): Promise<Set<string>> {
  const wanted = new Map(list.objects.map((object) => [placeOf(object), object]));
  const there = new Set<string>();
  const foreign: string[] = [];
  for (const bucket of Object.values(buckets)) {
    await eachAtOnce(await registry.listEntries(bucket, ""), atOnce, async ({ key }) => {
      const place = `${bucket}/${key}`;
      const bytes = wanted.has(place) ? await registry.get(bucket, key) : undefined;
      if (bytes !== undefined && sha256Hex(bytes) === wanted.get(place)?.sha256) there.add(place);
      else foreign.push(place);
    });
  }
  if (foreign.length > 0) throw notEmpty(foreign);
  return there;
}

function notEmpty(places: readonly string[]): BadInputError {
  const shown = places.toSorted().slice(0, 3).join(", ");
  const more = places.length > 3 ? ` and ${places.length - 3} more` : "";
  return new BadInputError(
    `the registry is not empty: its store holds ${shown}${more}, which the backup does not; ` +
      "restore into a new environment, or take the volumes of this one away first",
  );
}
