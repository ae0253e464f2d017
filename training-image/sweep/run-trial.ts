import type { Run } from "../../contracts/mlflow-types.ts";
import { checkpointsOf } from "../run/checkpoints/of-job.ts";
import type { TrainingConfig } from "../run/config.ts";
import type { ReadFile } from "../run/fetch.ts";
import type { Outcome } from "../run/outcome.ts";
import { earlierOutcome } from "../run/outcome.ts";
import { storeRelease } from "../run/register.ts";
import { runTags, trainCandidate, type Training } from "../run/train.ts";
import { inRun, type RunServices, unlessStopped } from "../run/with-run.ts";
import { DivergedError } from "../workloads/errors.ts";
import type { Workload } from "../workloads/workload.ts";
import type { SweepConfig } from "./config.ts";
import { HopelessTrialError, stoppedWhereHopeless } from "./early-stopping.ts";
import { finishStudy } from "./finish.ts";
import { registryRungs } from "./registry-rungs.ts";
import { Study } from "./study.ts";
import { sweepTags, type TrialEnd } from "./trial.ts";

/**
 * Runs one trial of a study, and, where it is the last one to end, registers the best. Pods may run at once, be killed
 * anywhere and tried again: each trial keeps its parameters, and there is one version in the end.
 * @returns the version, where the study is done
 * @throws StoppedError where the signal is aborted; BadInputError where no trial came to its end
 */
export async function runTrial(
  services: RunServices,
  config: SweepConfig,
  index: number,
  workload: Workload,
  read?: ReadFile,
): Promise<Outcome | undefined> {
  const { signal, log } = services;
  const tags = runTags(config.training, workload);
  const study = await unlessStopped(signal, Study.open(services, config, tags));
  const earlier = await unlessStopped(
    signal,
    earlierOutcome(services, config.study.name, study.run),
  );
  if (earlier !== undefined) return earlier;
  const decided = await unlessStopped(signal, study.end(index));
  const end = decided ?? (await train({ services, config, study, index, workload, read, tags }));
  log.info({ trial: index, ...end }, `trial ${index} is ${end.state}`);
  const finish = async () => {
    await study.tell(end);
    return finishStudy(services, config, study);
  };
  return unlessStopped(signal, finish());
}

interface TrialWork {
  services: RunServices;
  config: SweepConfig;
  study: Study;
  index: number;
  workload: Workload;
  read: ReadFile | undefined;
  tags: Readonly<Record<string, string>>;
}

async function train(work: TrialWork): Promise<TrialEnd> {
  const { services, config, study, index, workload, read, tags } = work;
  const { training } = config;
  const { name, objects } = training.run;
  const drawn = await unlessStopped(services.signal, study.parameters(index));
  services.log.info({ trial: index, parameters: drawn }, `trial ${index} begins`);
  const own: TrainingConfig = {
    ...training,
    parameters: { ...training.parameters, ...drawn },
    job: `${training.job}.${index}`,
  };
  const checkpoints = checkpointsOf(services, own);
  const options = {
    job: own.job,
    name,
    runName: `${name}-${index}`,
    bucket: objects.bucket,
    tags: { ...tags, [sweepTags.parent]: study.run.info.run_id, [sweepTags.trial]: String(index) },
    checkpoints,
  };
  return inRun(services, options, async (run) => {
    const around = aroundOf(work, run);
    const end = await endOf({ services, config: own, workload, run, checkpoints, read, ...around });
    return study.decide(index, end);
  });
}

function aroundOf({ services, config, study }: TrialWork, run: Run): Pick<Training, "around"> {
  const rule = config.study.earlyStopping;
  if (rule === undefined) return {};
  const rungs = registryRungs(services.farewell, study, run, rule.metric);
  return { around: (context) => stoppedWhereHopeless(context, rule, rungs, services.log) };
}

/** Trains, and stores what came of it whole: the trial may be the best. */
async function endOf(training: Training): Promise<TrialEnd> {
  const { services, config, run } = training;
  const runId = run.info.run_id;
  try {
    const { release, keepRecord } = await trainCandidate(training);
    const { bucket } = config.run.objects;
    await storeRelease(services, { run, bucket, release });
    await keepRecord();
    return { runId, state: "complete" };
  } catch (error) {
    // Values that do not work are what a search finds out; whatever else fails is tried again or ends the Job.
    if (error instanceof HopelessTrialError) {
      return { runId, state: "stopped", reason: error.message };
    }
    if (error instanceof DivergedError) return { runId, state: "diverged", reason: error.message };
    throw error;
  }
}
