import { sha256Hex } from "../../contracts/canonical.ts";
import type { ParameterValues } from "../../contracts/workload.ts";
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

/** @throws BadInputError where a bundled file's bytes are not the ones its version names */
export async function fetchData(
  source: DataSetSource,
  parameters: ParameterValues,
  readFile: ReadFile,
): Promise<FetchedData> {
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
