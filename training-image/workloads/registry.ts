import { churnWorkload } from "./churn/workload.ts";
import { digitsWorkload } from "./digits/workload.ts";
import { heatWorkload } from "./heat/workload.ts";
import { wineWorkload } from "./wine/workload.ts";
import type { Workload } from "./workload.ts";

/** Every workload that the image can train. This loads onnxruntime; `index.ts` does not. */
export const workloads: readonly Workload[] = [
  heatWorkload,
  wineWorkload,
  churnWorkload,
  digitsWorkload,
];
