import type { Compare } from "./comparisons.ts";
import type { TargetPlace } from "./place.ts";

export interface LocalComparisonOptions {
  /** `name@version` in the target's bucket. @default the data set that comes with the workload */
  dataSet: string | undefined;
  /** Column of the truth, for models that no workload of ours made. */
  target: string;
}

/** Scores both releases in this process, by the training image's own code. */
export function localComparison(
  { objects, bucket }: Pick<TargetPlace, "objects" | "bucket">,
  { dataSet, target }: LocalComparisonOptions,
): Compare {
  return async ({ candidate, incumbent }) => {
    // They bring the runtime of the models along, which a promotion without a comparison does not need.
    const [{ compare }, { DataSetStore }, { workloads }] = await Promise.all([
      import("../../training-image/score/compare.ts"),
      import("../../training-image/data/data-set-store.ts"),
      import("../../training-image/workloads/registry.ts"),
    ]);
    return compare({
      objects,
      bucket,
      store: new DataSetStore(objects, bucket),
      dataSet,
      candidate,
      incumbent,
      workloads,
      target,
      image: "unknown",
      signal: new AbortController().signal,
    });
  };
}
