import { z } from "zod";

const Pair = z.object({ key: z.string(), value: z.string() });

export const Experiment = z.object({ experiment_id: z.string(), name: z.string() });
export type Experiment = z.infer<typeof Experiment>;

export type RunStatus = "RUNNING" | "FINISHED" | "FAILED" | "KILLED";

/** A run as the server tells it; fields we do not use are dropped. */
export const Run = z.object({
  info: z.object({
    run_id: z.string(),
    run_name: z.string().optional(),
    experiment_id: z.string(),
    status: z.string(),
    /** Milliseconds since 1970. */
    start_time: z.coerce.number().optional(),
    /** "deleted" where somebody put the run into the bin. */
    lifecycle_stage: z.string().optional(),
    artifact_uri: z.string().optional(),
  }),
  data: z
    .object({
      params: z.array(Pair).default([]),
      tags: z.array(Pair).default([]),
      /** The last value of each; NaN and infinity by name. */
      metrics: z
        .array(z.object({ key: z.string(), value: z.union([z.number(), z.string()]) }))
        .default([]),
    })
    .default({ params: [], tags: [], metrics: [] }),
});
export type Run = z.infer<typeof Run>;

export const ModelVersion = z.object({
  name: z.string(),
  version: z.string(),
  run_id: z.string().optional(),
  source: z.string().optional(),
  status: z.string().optional(),
  tags: z.array(Pair).default([]),
  aliases: z.array(z.string()).default([]),
});
export type ModelVersion = z.infer<typeof ModelVersion>;

export interface NewModelVersion {
  name: string;
  /** `mlflow-artifacts:/...` or any URI that MLflow's artifact stores understand. */
  source: string;
  runId: string;
  tags: Readonly<Record<string, string>>;
}

/** One value of a metric. MLflow takes NaN and infinity only as strings. */
export interface MetricPoint {
  key: string;
  value: number | string;
  /** Milliseconds since 1970. */
  timestamp: number;
  step: number;
}

/** Value of a tag, or undefined. */
export function tagOf(
  item: { tags: readonly { key: string; value: string }[] },
  key: string,
): string | undefined {
  return item.tags.find((tag) => tag.key === key)?.value;
}
