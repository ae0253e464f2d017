import type { DataSetReference, Evidence, Lineage } from "../../contracts/evidence.ts";
import type { Run } from "../../contracts/mlflow-types.ts";
import { metricValue } from "../../contracts/primitives.ts";

export interface EvidenceParts {
  run: Run;
  /** Name of the training definition. */
  name: string;
  metrics: Readonly<Record<string, number>>;
  params: Evidence["params"];
  lineage: Omit<Lineage, "dataSet">;
  dataSet: DataSetReference;
}

/** What a run measured, and where its model comes from. */
export function evidenceOf(parts: EvidenceParts): Evidence {
  const { run, name, metrics, params, lineage, dataSet } = parts;
  return {
    schema: "isotherm.dev/evidence/v1",
    run: { id: run.info.run_id, experiment: name },
    // The run's own start, and not the clock: a retry must come to the same release.
    trainedAt: new Date(startOf(run)).toISOString(),
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([key, value]) => [key, metricValue(value)]),
    ),
    params,
    lineage: { ...lineage, dataSet },
  };
}

/** When a run began, in milliseconds since 1970. */
export function startOf(run: Run): number {
  if (run.info.start_time === undefined) throw new Error("mlflow: the run has no start time");
  return run.info.start_time;
}
