import { dataSetDigest } from "../../contracts/data-set.ts";
import type { DataSetReference } from "../../contracts/evidence.ts";
import { parameterSchema } from "../../contracts/workload.ts";
import type { DataSetStore } from "../data/data-set-store.ts";
import { readRows } from "../data/read-table.ts";
import { Session } from "../engine/session.ts";
import { fetchVersion } from "../run/fetch.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { TrainedModel, TrainingContext, Workload } from "../workloads/workload.ts";
import { type Answer, answers } from "./answers.ts";
import type { OpenRelease } from "./open-release.ts";
import { tableMetrics } from "./table-metrics.ts";

export interface ScoreOptions {
  store: DataSetStore;
  /** `name@version`. */
  dataSet: string;
  workloads: readonly Workload[];
  /** Column of the truth, for models that no workload of ours made. */
  target: string;
  signal: AbortSignal;
}

export interface Score {
  metrics: Record<string, number>;
  dataSet: DataSetReference;
}

/** Rows of one run of the graph. */
const chunk = 1024;

/**
 * The workload that made all of these releases; undefined where there is none, and a table's metrics are what they have
 * in common.
 */
export function commonWorkload(
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

/**
 * Scores a release on held-out data: by the workload that made it, on the rows that this workload holds out of the data
 * set, or on all rows of a table.
 * @throws BadInputError where the data do not fit the model
 */
export async function score(
  release: OpenRelease,
  workload: Workload | undefined,
  options: ScoreOptions,
): Promise<Score> {
  return workload === undefined
    ? scoreTable(release, options)
    : scoreByWorkload(release, workload, options);
}

async function scoreByWorkload(
  { manifest, trained }: OpenRelease,
  workload: Workload,
  { store, dataSet, signal }: ScoreOptions,
): Promise<Score> {
  const parameters = parameterSchema(workload.declaration).safeParse(manifest.evidence.params);
  if (!parameters.success) {
    const problems = parameters.error.issues.map(
      ({ path, message }) => `${path.join(".")}: ${message}`,
    );
    throw new BadInputError(
      `the release was made by another version of workload ${workload.declaration.name}: ${problems.join("; ")}`,
    );
  }
  const { bytes, ...fetched } = await fetchVersion(store, dataSet);
  const { data, rows } = workload.read(bytes, parameters.data);
  const context: TrainingContext = {
    model: manifest.model,
    parameters: parameters.data,
    dataSha256: fetched.sha256,
    signal,
    progress: () => {},
    checkpoints: { last: async () => undefined, offer: async () => {} },
    artifact: async () => {},
  };
  const measure = workload.score ?? workload.evaluate;
  const metrics = await measure.call(workload, data, trained, context);
  return { metrics, dataSet: { ...fetched, rows } };
}

async function scoreTable(
  { trained }: OpenRelease,
  { store, dataSet, target, signal }: ScoreOptions,
): Promise<Score> {
  const manifest = await store.manifest(dataSet);
  const rows = await readRows(store, manifest);
  const given = await withSession(trained, async (session) => {
    const all: Answer[] = [];
    for (let start = 0; start < rows.length; start += chunk) {
      signal.throwIfAborted();
      const part = rows.slice(start, start + chunk);
      all.push(...(await answers(session, trained.contract, part, start + 1)));
    }
    return all;
  });
  const { name, version } = manifest;
  return {
    metrics: tableMetrics(trained.contract, rows, given, target),
    dataSet: { name, version, sha256: dataSetDigest(manifest), rows: rows.length },
  };
}

/** Opens a model for some work and closes it after. */
export async function withSession<T>(
  { model }: Pick<TrainedModel, "model">,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await Session.open(model);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
