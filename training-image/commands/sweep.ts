import Table from "cli-table3";
import { Command } from "commander";
import type { Outcome } from "../run/outcome.ts";
import { readSweepConfig, readTrialIndex, type SweepConfig } from "../sweep/config.ts";
import type { Study } from "../sweep/study.ts";
import { ranked } from "../sweep/trial.ts";
import { BadInputError } from "../workloads/errors.ts";
import { declarations } from "../workloads/index.ts";
import { runServices, tellOutcome } from "./run-services.ts";
import type { Surroundings } from "./surroundings.ts";

/** `sweep`: what each pod of a sweep's Indexed Job runs (SPEC K-10). */
export function sweepCommand(around: Surroundings): Command {
  return new Command("sweep")
    .description(
      "run the trial JOB_COMPLETION_INDEX of the study ISOTHERM_SWEEP; the last one to end registers the best",
    )
    .option("--rank", "show how the trials of the study compare so far, and run none")
    .option("--finish", "register the best of the trials that have ended, though others have not")
    .action(({ rank = false, finish = false }: { rank?: boolean; finish?: boolean }) => {
      const config = readSweepConfig(around.environment, declarations);
      if (rank) return showRanking(around, config);
      return finish ? finishEarly(around, config) : runOne(around, config);
    });
}

async function runOne(around: Surroundings, config: SweepConfig): Promise<void> {
  const index = readTrialIndex(around.environment, config.study);
  // Loaded late: only training needs the runtime, and mistakes in the configuration should show before it.
  const [{ workloads }, { runTrial }, { inTurn }] = await Promise.all([
    import("../workloads/registry.ts"),
    import("../sweep/run-trial.ts"),
    import("../run/turn.ts"),
  ]);
  const { run, job } = config.training;
  const name = run.workload;
  const workload = workloads.find(({ declaration }) => declaration.name === name);
  if (workload === undefined) throw new Error(`workload ${name} has no code`);
  // Its pods share a turn, which ends with the study.
  const turn = {
    bucket: run.objects.bucket,
    name: run.name,
    job,
    isLast: (outcome: Outcome | undefined) => outcome !== undefined,
    endsOnError: false,
  };
  const outcome = await inTurn(runServices(config.training, around), turn, (services) =>
    runTrial(services, config, index, workload),
  );
  if (outcome !== undefined) tellOutcome(around, outcome);
}

async function finishEarly(around: Surroundings, config: SweepConfig): Promise<void> {
  const services = runServices(config.training, around);
  const { finishStudy } = await import("../sweep/finish.ts");
  const outcome = await finishStudy(services, config, await openedStudy(around, config), true);
  if (outcome !== undefined) tellOutcome(around, outcome);
}

async function openedStudy(around: Surroundings, config: SweepConfig): Promise<Study> {
  const { Study } = await import("../sweep/study.ts");
  const study = await Study.find(runServices(config.training, around), config);
  if (study !== undefined) return study;
  throw new BadInputError(`no study of Job ${config.training.job} has begun`);
}

async function showRanking(around: Surroundings, config: SweepConfig): Promise<void> {
  const study = await openedStudy(around, config);
  for (const line of (await rankingTable(config, study)).split("\n")) around.print(line);
}

async function rankingTable({ study }: SweepConfig, opened: Study): Promise<string> {
  const names = Object.keys(study.parameters);
  const table = new Table({
    head: ["rank", "trial", "state", study.metric, ...names],
    style: { head: [], border: [] },
  });
  const ranking = ranked(study, await opened.trials());
  ranking.forEach(({ index, state, value, parameters }, place) => {
    const measured = Number.isNaN(value) ? "" : String(value);
    const drawn = names.map((name) => String(parameters[name] ?? ""));
    table.push([place + 1, index, state ?? "not ended", measured, ...drawn]);
  });
  return table.toString();
}
