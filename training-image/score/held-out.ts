import { readFile } from "node:fs/promises";
import { dataSetDigest } from "../../contracts/data-set.ts";
import type { DataSetReference } from "../../contracts/evidence.ts";
import { type ParameterValues, parameterSchema } from "../../contracts/workload.ts";
import type { DataSetStore } from "../data/data-set-store.ts";
import { readRows, type Row } from "../data/read-table.ts";
import { fetchData, type ReadFile } from "../run/fetch.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { Workload } from "../workloads/workload.ts";
import type { OpenRelease } from "./open-release.ts";

export interface HeldOutOptions {
  store: DataSetStore;
  /** `name@version`. @default the data set that comes with the workload */
  dataSet?: string | undefined;
  workloads: readonly Workload[];
  /** @default from the disk */
  readFile?: ReadFile;
}

/** What releases are scored on: all of them on the same. */
export type HeldOut =
  | { workload: Workload; data: unknown; dataSet: DataSetReference }
  | { workload?: undefined; rows: readonly Row[]; dataSet: DataSetReference };

/**
 * Reads the data on which releases are scored: by the workload that made all of them, with the parameters of the first,
 * or as a table where they have no such workload in common.
 * @throws BadInputError where there is no such data set, or it is not what it should be
 */
export async function heldOutData(
  releases: readonly [OpenRelease, ...OpenRelease[]],
  options: HeldOutOptions,
): Promise<HeldOut> {
  const { store, dataSet } = options;
  const workload = commonWorkload(releases, options.workloads);
  if (workload !== undefined) {
    const parameters = parametersOf(releases[0], workload);
    const { bytes, ...fetched } = await fetchData({
      source: workload.dataSet,
      parameters,
      readFile: options.readFile ?? readFile,
      dataSet,
      store,
    });
    const { data, rows } = workload.read(bytes, parameters);
    return { workload, data, dataSet: { ...fetched, rows } };
  }
  if (dataSet === undefined) {
    throw new BadInputError("--data: is needed, as no workload of ours made these releases");
  }
  const manifest = await store.manifest(dataSet);
  const rows = await readRows(store, manifest);
  const { name, version } = manifest;
  return { rows, dataSet: { name, version, sha256: dataSetDigest(manifest), rows: rows.length } };
}

/** @throws BadInputError where the workload has changed too much since */
export function parametersOf(
  { manifest }: Pick<OpenRelease, "manifest">,
  workload: Workload,
): ParameterValues {
  const result = parameterSchema(workload.declaration).safeParse(manifest.evidence.params);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new BadInputError(
    `the release was made by another version of workload ${workload.declaration.name}: ${problems.join("; ")}`,
  );
}

function commonWorkload(
  releases: readonly OpenRelease[],
  workloads: readonly Workload[],
): Workload | undefined {
  const names = releases.map(({ manifest: { evidence } }) =>
    evidence.lineage.origin === undefined ? evidence.lineage.workload : undefined,
  );
  const [name, ...others] = new Set(names);
  if (others.length > 0) return undefined;
  return workloads.find(({ declaration }) => declaration.name === name);
}
