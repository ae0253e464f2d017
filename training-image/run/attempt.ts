import type { Workload } from "../workloads/workload.ts";
import { checkpointsOf } from "./checkpoints/of-job.ts";
import type { TrainingConfig } from "./config.ts";
import type { ReadFile } from "./fetch.ts";
import type { Outcome } from "./outcome.ts";
import { runTags, trainAndRegister } from "./train.ts";
import { type RunServices, withRun } from "./with-run.ts";

/**
 * One attempt at a training Job. An attempt that does not succeed leaves its run FAILED or KILLED, with the reason.
 * @throws StoppedError where the signal is aborted, also while a request hangs; any error of the steps
 */
export async function attempt(
  services: RunServices,
  config: TrainingConfig,
  workload: Workload,
  read?: ReadFile,
): Promise<Outcome> {
  const { run: asked, job } = config;
  const { name, objects } = asked;
  const checkpoints = checkpointsOf(services, config);
  const tags = runTags(config, workload);
  return withRun(services, { job, name, bucket: objects.bucket, tags, checkpoints }, (run) =>
    trainAndRegister({ services, config, workload, run, checkpoints, read }),
  );
}
