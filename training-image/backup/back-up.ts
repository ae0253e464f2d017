import type { Logger } from "pino";
import type { BackupObject, BackupPoint } from "../../contracts/backup.ts";
import { canonicalJson } from "../../contracts/canonical.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { BadInputError } from "../workloads/errors.ts";
import { copyObjects, placeOf } from "./copy-objects.ts";
import type { BackupDestination, NamedPoint } from "./destination.ts";
import { putDump } from "./dump.ts";
import { contentsOf, countedForMs, retain } from "./retention.ts";

export interface BackUpOptions {
  source: Pick<ObjectStore, "get" | "listEntries">;
  destination: BackupDestination;
  environment: string;
  dump: {
    file: string;
    /** Just before it was begun. */
    at: Date;
    /** What wrote it. */
    program: string;
  };
  /** Points to keep, this one included; two or more. */
  keep: number;
  log: Logger;
  now?: () => Date;
}

/**
 * Makes a backup of a registry: a dump that was made before, then every object there is, and the manifest last. Whatever
 * a dump names was in the store before the database named it, and nothing of that is deleted or changes, so the objects
 * read afterwards hold it all. Killed anywhere there is no manifest; done again, what was stored lately is not sent again.
 * @throws BadInputError where the destination holds another environment's backups
 */
export async function backUp(options: BackUpOptions): Promise<NamedPoint> {
  const { source, destination, environment, dump, keep, log } = options;
  const now = options.now ?? (() => new Date());
  const [newest] = await destination.points();
  const last = newest === undefined ? undefined : await lastPoint(destination, newest, log);
  if (last !== undefined && last.point.environment !== environment) {
    throw new BadInputError(
      `the destination holds backups of ${last.point.environment}: give ${environment} a prefix of its own`,
    );
  }
  const held = await countedContents(destination, last, now());
  const database = { ...(await putDump(destination, dump.file)), program: dump.program };
  const before = new Map(last?.objects.map((object) => [placeOf(object), object]));
  const objects = await copyObjects({ source, destination, held, before, log });
  const list = { schema: "isotherm.dev/backup-list/v1" as const, objects };
  const point: BackupPoint = {
    schema: "isotherm.dev/backup/v1",
    environment,
    at: dump.at.toISOString(),
    finishedAt: now().toISOString(),
    database,
    objects: {
      list: await destination.putContent(canonicalJson(list)),
      count: objects.length,
      bytes: objects.reduce((total, { size }) => total + size, 0),
    },
  };
  const there = await destination.contents();
  const lost = new Set(contentsOf(point, list).filter((sha256) => !there.has(sha256)));
  if (lost.size > 0) {
    throw new Error(`somebody deleted ${lost.size} contents while they were backed up`);
  }
  const name = await destination.putPoint(point);
  const { count, bytes } = point.objects;
  log.info({ point: name, objects: count, bytes }, `backup ${name} is whole`);
  await retain(destination, keep, now(), log);
  return { name, point };
}

/** The newest point, with its objects; one that is damaged saves no work, and hinders none. */
async function lastPoint(
  destination: BackupDestination,
  name: string,
  log: Logger,
): Promise<(NamedPoint & { objects: readonly BackupObject[] }) | undefined> {
  try {
    const found = await destination.point(name);
    return { ...found, objects: (await destination.list(found.point)).objects };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "DamagedError") throw error;
    log.error({ point: name }, `${error.message}; everything is stored anew`);
    return undefined;
  }
}

/**
 * What lies at the destination and stays while this backup is made: what the newest point names, which another backup
 * at the same time keeps, and what was stored too lately to be swept.
 */
async function countedContents(
  destination: BackupDestination,
  last: (NamedPoint & { objects: readonly BackupObject[] }) | undefined,
  now: Date,
): Promise<Map<string, number | undefined>> {
  const named = new Set(last?.objects.map(({ sha256 }) => sha256));
  const contents = await destination.contents();
  return new Map(
    [...contents]
      .filter(
        ([sha256, { modified }]) =>
          named.has(sha256) || now.getTime() - modified.getTime() < countedForMs,
      )
      .map(([sha256, { size }]) => [sha256, size]),
  );
}
