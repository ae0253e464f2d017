import { Session } from "../engine/session.ts";
import type { TrainedModel, TrainingContext, Workload } from "../workloads/workload.ts";
import { type Answer, answers } from "./answers.ts";
import { type HeldOut, parametersOf } from "./held-out.ts";
import type { OpenRelease } from "./open-release.ts";
import { tableMetrics } from "./table-metrics.ts";

export interface ScoreOptions {
  /** Column of the truth, for models that no workload of ours made. */
  target: string;
  signal: AbortSignal;
}

/** Rows of one run of the graph. */
const chunk = 1024;

/**
 * Scores a release: by the workload that made it, on the rows that this workload holds out, or on all rows of a table.
 * @throws BadInputError where the data do not fit the model
 */
export async function score(
  release: OpenRelease,
  heldOut: HeldOut,
  options: ScoreOptions,
): Promise<Record<string, number>> {
  if (heldOut.workload !== undefined) {
    const { workload, data, dataSet } = heldOut;
    const context = contextOf(release, workload, dataSet.sha256, options.signal);
    const measure = workload.score ?? workload.evaluate;
    return measure.call(workload, data, release.trained, context);
  }
  const { rows } = heldOut;
  const { trained } = release;
  const given = await withSession(trained, async (session) => {
    const all: Answer[] = [];
    for (let start = 0; start < rows.length; start += chunk) {
      options.signal.throwIfAborted();
      const part = rows.slice(start, start + chunk);
      all.push(...(await answers(session, trained.contract, part, start + 1)));
    }
    return all;
  });
  return tableMetrics(trained.contract, rows, given, options.target);
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

/** Nothing is trained, so nothing is told or kept. */
function contextOf(
  release: OpenRelease,
  workload: Workload,
  dataSha256: string,
  signal: AbortSignal,
): TrainingContext {
  return {
    model: release.manifest.model,
    parameters: parametersOf(release, workload),
    dataSha256,
    signal,
    progress: () => {},
    checkpoints: { last: async () => undefined, offer: async () => {} },
    artifact: async () => {},
  };
}
