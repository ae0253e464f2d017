import { z } from "zod";
import { oneOf, Resources } from "./schema-parts.ts";
import { when } from "./training-schema.ts";

const Destination = z.strictObject({
  endpoint: z
    .url({ protocol: /^https?$/, error: "must be a URL, such as https://s3.example" })
    .refine((url) => !URL.canParse(url) || new URL(url).username === "", {
      message: "must hold no credentials: they lie in the Secret that `secret` names",
    })
    .meta({ shown: "URL", description: "Any S3 endpoint, best one that is not in this cluster" }),
  region: z.string().min(1).default("us-east-1").meta({
    shown: "text",
    description: "Its region",
  }),
  bucket: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      "must be the name of a bucket: 3-63 of a-z, 0-9, '.' and '-'",
    )
    .meta({
      description:
        "A bucket that is there; the environment's keys need to list, read, write and delete in it",
    }),
  prefix: z
    .string()
    .regex(
      /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/,
      "must be names of A-Z, a-z, 0-9, '.', '_', '-', parted by '/'",
    )
    .optional()
    .meta({
      shown: "text",
      unset: "the environment's name",
      description: "Where in the bucket; no other environment's backups may lie there",
    }),
  secret: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, "must be the name of a Secret")
    .meta({
      description:
        "A Secret in the environment's namespace, made by you, with `accessKeyId` and `secretAccessKey`. Keys are never in this file",
    }),
});

const Backup = z.strictObject({
  schedule: when.schedule.unwrap().meta({
    shown: "five fields of cron",
    description: "When a backup is made: `30 1 * * *`. Never twice at the same time",
  }),
  timeZone: when.timeZone.unwrap().default("Etc/UTC").meta({
    shown: "IANA time zone",
    description: "The zone that the schedules are in",
  }),
  destination: Destination,
  keep: z.int().min(2).max(1_000).default(14).meta({
    description: "Backups that are kept; older ones are deleted, with what only they name",
  }),
  drill: when.schedule.unwrap().optional().meta({
    shown: "five fields of cron",
    unset: "only by `npm run backup -- verify`",
    description: "When the newest backup is restored on trial and checked",
  }),
  resources: Resources({ cpu: "100m", memory: "512Mi" }),
});

/** Backups of the registry, or why there are none. */
export const BackupChoice = oneOf(
  { key: "none" },
  Backup,
  z.strictObject({
    none: z.string().min(10, "must say why, in a sentence").meta({
      shown: "a sentence",
      description: "Why this environment keeps no backups; every preview shows it",
    }),
  }),
);
export type BackupConfig = z.infer<typeof BackupChoice>;
