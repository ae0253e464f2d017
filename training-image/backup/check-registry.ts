import { z } from "zod";
import { buckets } from "../../contracts/names.ts";
import { shortDigest } from "../../contracts/release.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { BackupList } from "../../contracts/backup.ts";
import { digestInKey, placeOf } from "./copy-objects.ts";

/** What the restored database answers: one line about MLflow's tables, then one for each model version. */
const Registry = z.strictObject({
  schemaVersion: z.string().min(1),
  experiments: z.int().positive(),
  runs: z.int().nonnegative(),
  models: z.int().nonnegative(),
});
const Version = z.strictObject({
  model: z.string(),
  version: z.int(),
  source: z.string().nullable(),
  release: z.string().nullable(),
});

export interface RegistryAnswers {
  registry: z.infer<typeof Registry>;
  versions: z.infer<typeof Version>[];
}

/** @throws BadInputError where MLflow's tables did not answer as they should */
export function parseAnswers(text: string): RegistryAnswers {
  const [first, ...lines] = text.split("\n").filter((line) => line !== "");
  try {
    return {
      registry: Registry.parse(JSON.parse(first ?? "")),
      versions: lines.map((line) => Version.parse(JSON.parse(line))),
    };
  } catch (error) {
    throw new BadInputError(`MLflow's tables do not answer as they should: ${String(error)}`);
  }
}

/** What a point holds, by name. */
export interface HeldByPoint {
  /** Places of its objects. */
  objects: ReadonlySet<string>;
  /** Digests of its releases. */
  releases: ReadonlySet<string>;
}

/** What a point, all of whose objects are sound, holds. */
export function heldBy({ objects }: BackupList): HeldByPoint {
  const releases = objects.flatMap(({ bucket, key }) =>
    key.startsWith("releases/") ? (digestInKey(bucket, key) ?? []) : [],
  );
  return { objects: new Set(objects.map(placeOf)), releases: new Set(releases) };
}

/** Every model version must find its release, and its model in MLflow's own folder. @returns what is wrong */
export function checkRegistry(
  { versions }: RegistryAnswers,
  { objects, releases }: HeldByPoint,
): string[] {
  return versions.flatMap(({ model, version, source, release }) => {
    const name = `version ${version} of ${model}`;
    const problems: string[] = [];
    if (release !== null && !releases.has(release)) {
      problems.push(`${name}: release ${shortDigest(release)} is missing`);
    }
    // A source elsewhere was never ours to keep.
    const folder = /^mlflow-artifacts:\/+(.+)$/.exec(source ?? "")?.[1];
    if (folder !== undefined && !objects.has(`${buckets.artifacts}/${folder}/MLmodel`)) {
      problems.push(`${name}: ${folder}/MLmodel is missing`);
    }
    return problems;
  });
}
