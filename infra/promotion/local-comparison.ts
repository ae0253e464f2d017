import type { Compare, HeldOut } from "./comparisons.ts";
import type { TargetPlace } from "./place.ts";

/**
 * Scores both releases in this process, by the training image's own code.
 * @param given on the command line, before what the stack file says
 */
export function localComparison(
  { objects, bucket }: Pick<TargetPlace, "objects" | "bucket">,
  given: HeldOut = {},
): Compare {
  return async ({ candidate, incumbent }, heldOut) => {
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
      dataSet: given.data ?? heldOut.data,
      candidate,
      incumbent,
      workloads,
      target: given.target ?? heldOut.target ?? "target",
      image: "unknown",
      signal: new AbortController().signal,
    });
  };
}
