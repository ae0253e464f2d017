import { sha256Hex } from "../../contracts/canonical.ts";
import { dataSetDigest } from "../../contracts/data-set.ts";
import type { ParameterValues } from "../../contracts/workload.ts";
import type { DataSetStore } from "../data/data-set-store.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { DataSetSource } from "../workloads/workload.ts";

/** A data set's bytes with the name a person knows them by and their own. */
export interface FetchedData {
  name: string;
  version: string;
  sha256: string;
  bytes: Uint8Array;
}

export type ReadFile = (file: URL) => Promise<Uint8Array>;

export interface FetchOptions {
  /** The workload's own data set, read where no other is asked for. */
  source: DataSetSource;
  parameters: ParameterValues;
  readFile: ReadFile;
  /** `name@version` in the object store. */
  dataSet?: string | undefined;
  store: DataSetStore;
}

/** @throws BadInputError where the bytes are not the ones that the version names, or there is no such version */
export async function fetchData(options: FetchOptions): Promise<FetchedData> {
  const { dataSet, source, parameters, readFile } = options;
  if (dataSet !== undefined) return fetchVersion(options.store, dataSet);
  const { name, version } = source;
  const bytes =
    source.kind === "generated" ? await source.make(parameters) : await readFile(source.file);
  const sha256 = sha256Hex(bytes);
  if (source.kind === "bundled" && sha256 !== source.sha256) {
    throw new BadInputError(
      `data: ${name} ${version} has been altered: its SHA-256 is ${sha256}, wanted ${source.sha256}`,
    );
  }
  return { name, version, sha256, bytes };
}

/** A data set that a workload reads: one file. */
export async function fetchVersion(store: DataSetStore, dataSet: string): Promise<FetchedData> {
  const manifest = await store.manifest(dataSet);
  const [file, ...others] = manifest.files;
  if (file === undefined || others.length > 0) {
    const paths = manifest.files.map(({ path }) => path);
    const shown = paths.length > 3 ? `${paths.slice(0, 3).join(", ")}, ...` : paths.join(", ");
    throw new BadInputError(
      `data set ${dataSet} has ${paths.length} files (${shown}): a workload reads one`,
    );
  }
  const { name, version } = manifest;
  return { name, version, sha256: dataSetDigest(manifest), bytes: await store.file(file) };
}
