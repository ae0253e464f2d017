import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { Command } from "commander";
import { dataSetDigest, type DataSetManifest } from "../../contracts/data-set.ts";
import { Name } from "../../contracts/primitives.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import { DataSetStore, type SourceFile } from "../data/data-set-store.ts";
import { dvcFiles, parseRemote } from "../data/dvc.ts";
import { localFiles } from "../data/local-files.ts";
import { pull } from "../data/pull.ts";
import { requireCredentials } from "../run/config.ts";
import { BadInputError } from "../workloads/errors.ts";
import { unlessStopped } from "../run/with-run.ts";
import { openStore, type PlaceOptions, requireDataSet, withStore } from "./options.ts";
import type { Surroundings } from "./surroundings.ts";

interface PushOptions extends PlaceOptions {
  remote?: string;
  remoteEndpoint?: string;
}

/** `data push | pull | list`: versions of data sets in the object store (SPEC K-11). */
export function dataCommand(around: Surroundings): Command {
  const { print, progress, signal } = around;
  const open = (options: PlaceOptions) =>
    new DataSetStore(openStore(options, around), options.bucket);
  const tell = (done: number, total: number) => progress.show(`${done}/${total} files`);

  const push = withStore(new Command("push"))
    .description("store files as a version of a data set; a version never changes")
    .argument("<name>", "data set")
    .argument("<version>", "its new version, such as 2026-01")
    .argument("<path...>", "files, folders, or .dvc pointers with --remote")
    .option("--remote <url>", "DVC remote of the pointers: s3://bucket/prefix")
    .option(
      "--remote-endpoint <url>",
      "object store of the remote, where it is another one; its credentials are DVC_ACCESS_KEY_ID and DVC_SECRET_ACCESS_KEY",
    )
    .action(async (name: string, version: string, paths: string[], options: PushOptions) => {
      const store = open(options);
      const work = async () => {
        const files = await sources(paths, options, around);
        return store.push({ name, version, files, progress: tell });
      };
      const manifest = await unlessStopped(signal, work());
      progress.clear();
      print(summary(manifest));
    });

  const pullCommand = withStore(new Command("pull"))
    .description("lay a version of a data set out in a folder, every file checked by its SHA-256")
    .argument("<data set>", "name@version")
    .argument("<folder>", "is made where it is not there")
    .action(async (dataSet: string, folder: string, options: PlaceOptions) => {
      const work = pull(open(options), requireDataSet(dataSet), folder, tell);
      const manifest = await unlessStopped(signal, work);
      progress.clear();
      print(summary(manifest));
    });

  const list = withStore(new Command("list"))
    .description("the versions there are, a JSON line each")
    .argument("[name]", "only those of this data set")
    .action(async (name: string | undefined, options: PlaceOptions) => {
      if (name !== undefined && !Name.safeParse(name).success) {
        throw new BadInputError(`'${name}' is no name of a data set`);
      }
      const store = open(options);
      for (const version of await store.versions(name))
        print(summary(await store.manifest(version)));
    });

  return new Command("data")
    .description("data sets, versioned by content in the object store")
    .addCommand(push)
    .addCommand(pullCommand)
    .addCommand(list);
}

async function sources(
  paths: readonly string[],
  options: PushOptions,
  { environment }: Surroundings,
): Promise<SourceFile[]> {
  const pointers = paths.filter((path) => path.endsWith(".dvc"));
  if (options.remote === undefined) {
    if (pointers.length === 0) return localFiles(paths);
    throw new BadInputError(
      `${pointers[0]}: a .dvc pointer needs --remote s3://bucket/prefix, where its content lies`,
    );
  }
  const place = parseRemote(options.remote);
  const objects = new ObjectStore({
    ...(options.remoteEndpoint === undefined
      ? { endpoint: options.endpoint ?? "", ...requireCredentials(environment) }
      : { endpoint: options.remoteEndpoint, ...requireRemoteCredentials(environment) }),
    region: options.region,
  });
  const others = paths.filter((path) => !path.endsWith(".dvc"));
  const files = others.length > 0 ? await localFiles(others) : [];
  for (const pointer of pointers) {
    const text = await readFile(pointer, "utf8").catch(() => undefined);
    if (text === undefined) throw new BadInputError(`${pointer}: there is no such file`);
    files.push(...(await dvcFiles(basename(pointer), text, { objects, ...place })));
  }
  return files;
}

function requireRemoteCredentials(environment: Surroundings["environment"]) {
  const accessKeyId = environment["DVC_ACCESS_KEY_ID"];
  const secretAccessKey = environment["DVC_SECRET_ACCESS_KEY"];
  if (!accessKeyId || !secretAccessKey) {
    throw new BadInputError(
      "--remote-endpoint: needs DVC_ACCESS_KEY_ID and DVC_SECRET_ACCESS_KEY, the credentials of that store",
    );
  }
  return { accessKeyId, secretAccessKey };
}

function summary(manifest: DataSetManifest): string {
  const { name, version, rows, files } = manifest;
  const bytes = files.reduce((total, { size }) => total + size, 0);
  const sha256 = dataSetDigest(manifest);
  return JSON.stringify({
    dataSet: `${name}@${version}`,
    rows,
    files: files.length,
    bytes,
    sha256,
  });
}
