import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { backupFiles, backupVariables } from "../../contracts/backup.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import { DamagedError } from "../../contracts/release.ts";
import { backUp } from "../backup/back-up.ts";
import { checkContents } from "../backup/check-contents.ts";
import { checkRegistry, heldBy, parseAnswers } from "../backup/check-registry.ts";
import { BackupDestination } from "../backup/destination.ts";
import { fetchDump } from "../backup/dump.ts";
import { restoreObjects } from "../backup/restore-objects.ts";
import { unlessStopped } from "../run/with-run.ts";
import { BadInputError } from "../workloads/errors.ts";
import { openStore, type PlaceOptions, withStore } from "./options.ts";
import type { Surroundings } from "./surroundings.ts";

interface DestinationOptions {
  destination: string;
  destinationRegion: string;
  destinationBucket: string;
  prefix: string;
}
interface RunOptions extends DestinationOptions, PlaceOptions {
  environment: string;
  keep: number;
  dump: string;
}
interface PointOptions extends DestinationOptions {
  point: string;
  dump: string;
}

/**
 * `backup run | fetch | check | restore`: the steps of our own in the Jobs of a registry's backup (SPEC P-02). Steps of
 * PostgreSQL's tools lie between them, and hand files over in the folder of `--dump`.
 */
export function backupCommand(around: Surroundings): Command {
  const { log } = around;
  const stoppable =
    <Options>(work: (options: Options) => Promise<void>) =>
    (options: Options) =>
      unlessStopped(around.signal, work(options));

  const run = withStore(withDestination(new Command("run")))
    .description("back up the registry: a dump that was made before, and every object")
    .requiredOption("--environment <name>", "whose registry")
    .requiredOption("--keep <count>", "backups to keep, this one included", parseKeep)
    .action(
      stoppable(async (options: RunOptions) => {
        const { environment, keep } = options;
        const files = filesIn(options.dump);
        const [at, program] = [await textOf(files.at), await textOf(files.program)];
        const { name, point } = await backUp({
          source: openStore(options, around),
          destination: openDestination(options, around),
          environment,
          dump: { file: files.database, at: new Date(at), program },
          keep,
          log,
        });
        around.print(JSON.stringify({ backup: name, at: point.at, objects: point.objects.count }));
      }),
    );

  const fetchCommand = withPoint(withDestination(new Command("fetch")))
    .description("check every object of a backup by its digest, and lay its dump out")
    .action(
      stoppable(async (options: PointOptions) => {
        const begun = new Date();
        const destination = openDestination(options, around);
        const { name, point } = await destination.point(options.point || undefined);
        const { problems } = await checkContents(destination, await destination.list(point));
        requireSound(name, problems);
        const files = filesIn(options.dump);
        await fetchDump(destination, point, files.database);
        await writeFile(files.point, JSON.stringify({ name, begun: begun.toISOString() }));
        log.info({ point: name, objects: point.objects.count }, `all of backup ${name} is sound`);
      }),
    );

  const check = withDestination(new Command("check"))
    .description("check that all that the restored database names is in the backup")
    .action(
      stoppable(async (options: PointOptions) => {
        const files = filesIn(options.dump);
        const { name, begun } = JSON.parse(await textOf(files.point)) as Record<string, string>;
        const answers = parseAnswers(await textOf(files.answers));
        const destination = openDestination(options, around);
        const { point } = await destination.point(name);
        // Each was read and found sound in the step before.
        const held = heldBy(await destination.list(point));
        requireSound(name ?? "", checkRegistry(answers, held));
        const seconds = (Date.now() - Date.parse(begun ?? "")) / 1_000;
        const { experiments, runs, models, schemaVersion } = answers.registry;
        around.print(
          JSON.stringify({
            verified: name,
            at: point.at,
            ageHours: Math.round((Date.now() - Date.parse(point.at)) / 360_000) / 10,
            schemaVersion,
            experiments,
            runs,
            models,
            versions: answers.versions.length,
            releases: held.releases.size,
            objects: point.objects.count,
            bytes: point.objects.bytes,
            seconds: Math.round(seconds * 10) / 10,
          }),
        );
      }),
    );

  const restore = withStore(withPoint(withDestination(new Command("restore"))))
    .description("copy a backup's objects into an empty registry's store, and lay its dump out")
    .action(
      stoppable(async (options: PointOptions & PlaceOptions) => {
        const destination = openDestination(options, around);
        const { name, point } = await destination.point(options.point || undefined);
        const registry = openStore(options, around);
        const list = await destination.list(point);
        const restored = await restoreObjects(registry, destination, list, log);
        await fetchDump(destination, point, filesIn(options.dump).database);
        log.info({ point: name, restored }, `the objects of backup ${name} are restored`);
      }),
    );

  return new Command("backup")
    .description("the steps of backing up an environment's registry, and of restoring it")
    .addCommand(run)
    .addCommand(fetchCommand)
    .addCommand(check)
    .addCommand(restore);
}

function withDestination(command: Command): Command {
  return command
    .requiredOption("--destination <url>", "object store where backups lie")
    .option("--destination-region <name>", "its region", "us-east-1")
    .requiredOption("--destination-bucket <name>", "bucket of the backups")
    .option("--prefix <path>", "where in the bucket", "")
    .requiredOption("--dump <folder>", "where the steps of PostgreSQL's tools find their files")
    .addHelpText(
      "after",
      `\nCredentials of the destination come from ${backupVariables.accessKeyId} and ${backupVariables.secretAccessKey}.`,
    );
}

function withPoint(command: Command): Command {
  return command.addOption(
    new Option("--point <name>", "which backup (default: the newest)")
      .env(backupVariables.point)
      .default(""),
  );
}

function openDestination(
  { destination, destinationRegion, destinationBucket, prefix }: DestinationOptions,
  { environment }: Surroundings,
): BackupDestination {
  if (!URL.canParse(destination)) {
    throw new BadInputError("--destination: must be a URL, such as https://host:7070");
  }
  const [accessKeyId, secretAccessKey] = [
    backupVariables.accessKeyId,
    backupVariables.secretAccessKey,
  ].map((name) => {
    const value = environment[name];
    if (!value) throw new BadInputError(`${name} is not set: it comes from the backup's Secret`);
    return value;
  }) as [string, string];
  const store = new ObjectStore({
    endpoint: destination,
    region: destinationRegion,
    accessKeyId,
    secretAccessKey,
  });
  return new BackupDestination(store, destinationBucket, prefix);
}

const mostNamed = 20;

/** @throws DamagedError that names what is wrong */
function requireSound(name: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const named = [...new Set(problems)].sort();
  const more = named.length > mostNamed ? `; and ${named.length - mostNamed} more` : "";
  throw new DamagedError(
    `backup ${name} is damaged: ${named.slice(0, mostNamed).join("; ")}${more}`,
  );
}

function filesIn(folder: string): Record<keyof typeof backupFiles, string> {
  return Object.fromEntries(
    Object.entries(backupFiles).map(([name, file]) => [name, join(folder, file)]),
  ) as Record<keyof typeof backupFiles, string>;
}

async function textOf(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch {
    throw new BadInputError(`${file} is not there: the step before leaves it`);
  }
}

function parseKeep(text: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(text) && Number(text) >= 2) return Number(text);
  throw new InvalidArgumentError("Wanted a whole number from 2.");
}
