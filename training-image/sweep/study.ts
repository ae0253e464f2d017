import { z } from "zod";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import type { Run } from "../../contracts/mlflow-types.ts";
import { tags } from "../../contracts/names.ts";
import type { ParameterValues } from "../../contracts/workload.ts";
import type { Services } from "../run/context.ts";
import { openRun } from "../../contracts/job-run.ts";
import type { SweepConfig } from "./config.ts";
import { parametersOf } from "./sampling.ts";
import { observationsOf, sweepTags, type Trial, TrialEnd, trialsOf } from "./trial.ts";

const Parameters = z.record(z.string(), z.union([z.number(), z.string()]));

/** A trial that was stopped for being hopeless has not failed, and has not come to its end either. */
const statuses = { complete: "FINISHED", stopped: "KILLED", diverged: "FAILED" } as const;

/** More trials than any study has. */
const allTrials = 2_000;

/**
 * A study that pods share: its run and those of its trials are in the registry; what must be decided once, whoever asks
 * and however often, is in write-once keys of the object store.
 */
export class Study {
  readonly run: Run;
  readonly #services: Services;
  readonly #config: SweepConfig;

  constructor(services: Services, config: SweepConfig, run: Run) {
    this.#services = services;
    this.#config = config;
    this.run = run;
  }

  /** Finds the run of the study, or makes it. */
  static async open(
    services: Services,
    config: SweepConfig,
    newTags: Readonly<Record<string, string>>,
  ): Promise<Study> {
    const { job, run } = config.training;
    const { name, objects } = run;
    const opened = await openRun(services, {
      job,
      name,
      bucket: objects.bucket,
      tags: newTags,
    });
    return new Study(services, config, opened);
  }

  /** Finds the run of the study, and changes nothing; undefined where it has not begun. */
  static async find(services: Services, config: SweepConfig): Promise<Study | undefined> {
    const { mlflow } = services;
    const { job, run } = config.training;
    const experiment = await mlflow.ensureExperiment(run.name);
    const runs = await mlflow.searchRuns(experiment, `tags."${tags.job}" = '${job}'`);
    // Of several that were made at once, those that lost are killed; the study itself never is.
    const found = runs.findLast(({ info }) => info.status !== "KILLED");
    return found && new Study(services, config, found);
  }

  /** The parameters of a trial: those it was given first, also where more trials have ended since. */
  async parameters(index: number): Promise<ParameterValues> {
    const key = this.#key(index, "parameters");
    const held = await this.#read(key);
    if (held !== undefined) return Parameters.parse(held);
    const { study } = this.#config;
    const ended = study.method === "tpe" ? observationsOf(study, await this.trials()) : [];
    const drawn = parametersOf(study, index, ended);
    await this.#services.objects.putOnce(this.#bucket, key, canonicalJson(drawn));
    return Parameters.parse(await this.#read(key));
  }

  /** What a trial came to; undefined where it is not decided. */
  async end(index: number): Promise<TrialEnd | undefined> {
    const held = await this.#read(this.#key(index, "end"));
    return held === undefined ? undefined : TrialEnd.parse(held);
  }

  /** Decides what a trial came to, and gives what was decided: where two pods ran it, what the first one said. */
  async decide(index: number, end: TrialEnd): Promise<TrialEnd> {
    await this.#services.objects.putOnce(this.#bucket, this.#key(index, "end"), canonicalJson(end));
    return (await this.end(index)) ?? end;
  }

  /** Shows in the registry what was decided; again and again it is the same. */
  async tell({ runId, state, reason }: TrialEnd): Promise<void> {
    const { mlflow } = this.#services;
    const shown: Record<string, string> = { [sweepTags.state]: state };
    if (reason !== undefined) shown[sweepTags.reason] = reason;
    await mlflow.logBatch(runId, { tags: shown });
    await mlflow.endRun(runId, statuses[state]);
  }

  /** All trials that have begun, by index. */
  async trials(): Promise<Trial[]> {
    const { run } = this;
    const filter = `tags."${sweepTags.parent}" = '${run.info.run_id}'`;
    const runs = await this.#services.mlflow.searchRuns(run.info.experiment_id, filter, allTrials);
    return trialsOf(this.#config.study, runs);
  }

  get #bucket(): string {
    return this.#config.training.run.objects.bucket;
  }

  #key(index: number, what: string): string {
    const { job, run } = this.#config.training;
    return `sweeps/${sha256Hex(canonicalJson({ job, name: run.name }))}/${index}/${what}.json`;
  }

  async #read(key: string): Promise<unknown> {
    const bytes = await this.#services.objects.get(this.#bucket, key);
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  }
}
