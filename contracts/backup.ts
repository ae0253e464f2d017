import { z } from "zod";
import { sha256Hex } from "./canonical.ts";
import { Instant, Sha256 } from "./primitives.ts";

const Content = z.strictObject({ sha256: Sha256, size: z.int().nonnegative() });
export type Content = z.infer<typeof Content>;

/**
 * A backup of an environment's registry: the database as it was at one time, and every object it names. It is written
 * last, so that what it names is there; a backup that has none does not exist.
 */
export const BackupPoint = z.strictObject({
  schema: z.literal("isotherm.dev/backup/v1"),
  environment: z.string().min(1),
  /** Just before the database was dumped: nothing that was registered until then is missing. */
  at: Instant,
  finishedAt: Instant,
  /** The dump, in `pg_dump`'s custom format, cut into parts. */
  database: z.strictObject({
    ...Content.shape,
    parts: z.array(Content).min(1),
    /** What `pg_dump --version` says. */
    program: z.string(),
  }),
  /** Digest of the list of all objects, and how many there are of how many bytes together. */
  objects: z.strictObject({
    list: Content,
    count: z.int().nonnegative(),
    bytes: z.int().nonnegative(),
  }),
});
export type BackupPoint = z.infer<typeof BackupPoint>;

/** An object of the registry, where it was and what it held. */
const BackupObject = z.strictObject({
  bucket: z.string().min(1),
  key: z.string().min(1),
  ...Content.shape,
  /** What the registry's store called this content: while it says the same, the next backup need not read it. */
  etag: z.string().optional(),
});
export type BackupObject = z.infer<typeof BackupObject>;

/** The objects of a point, in the order of buckets and keys. */
export const BackupList = z.strictObject({
  schema: z.literal("isotherm.dev/backup-list/v1"),
  objects: z.array(BackupObject),
});
export type BackupList = z.infer<typeof BackupList>;

const pointPattern = /^points\/([0-9]{8}T[0-9]{6}Z-[0-9a-f]{12})\.json$/;

/** Name of a point: its time, so that names sort by age, and the first digits of its manifest's digest. */
export function pointName({ at }: Pick<BackupPoint, "at">, manifest: string): string {
  const time = at.replaceAll(/[-:]|\.[0-9]+/g, "");
  return `${time}-${sha256Hex(manifest).slice(0, 12)}`;
}

/** Keys of a backup's destination, below its prefix. */
export const backupKeys = {
  points: "points/",
  contents: "objects/",
  point: (name: string) => `points/${name}.json`,
  content: (sha256: string) => `objects/${sha256}`,
} as const;

/** @returns undefined where the key is none of a point */
export function pointOfKey(key: string): string | undefined {
  return pointPattern.exec(key)?.[1];
}

/** How long a Job of a backup may take, all tries together. */
export const backupDeadlineSeconds = 12 * 3_600;

/** Variables of the Jobs' containers. */
export const backupVariables = {
  accessKeyId: "BACKUP_ACCESS_KEY_ID",
  secretAccessKey: "BACKUP_SECRET_ACCESS_KEY",
  /** Name of the point to verify or restore; empty for the newest. */
  point: "BACKUP_POINT",
} as const;

/** Files that the steps of a Job hand each other, in one folder. */
export const backupFiles = {
  /** The dump. */
  database: "database",
  /** Just before it was begun, ISO 8601. */
  at: "at",
  /** What `pg_dump --version` says. */
  program: "program",
  /** Which point is verified, and since when. */
  point: "point.json",
  /** What the restored database answers, as JSON lines. */
  answers: "answers.jsonl",
} as const;

/** Names of the CronJobs in an environment's namespace: one makes backups, of the others Jobs are made when asked for. */
export const backupJobs = {
  run: "backup",
  verify: "backup-verify",
  restore: "backup-restore",
} as const;
