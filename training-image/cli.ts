import { Command, CommanderError } from "commander";
import { backupCommand } from "./commands/backup.ts";
import { batchInferCommand } from "./commands/batch-infer.ts";
import { compareCommand } from "./commands/compare.ts";
import { dataCommand } from "./commands/data.ts";
import { driftCommand } from "./commands/drift.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { registerCommand } from "./commands/register.ts";
import { shadowCommand } from "./commands/shadow.ts";
import { storageInitCommand } from "./commands/storage-init.ts";
import type { Surroundings } from "./commands/surroundings.ts";
import { sweepCommand } from "./commands/sweep.ts";
import { trainCommand } from "./commands/train.ts";
import { collectCommand, fetchDataCommand } from "./commands/trainer.ts";
import { closeWorkerGroups } from "./engine/worker-group.ts";
import { reason } from "./run/context.ts";
import { exitCodeOf, exitCodes } from "./run/exit-code.ts";
import { createLog, LogMemory } from "./run/log.ts";
import { terminalProgress } from "./run/progress.ts";

const progress = terminalProgress();
const lines = new LogMemory();
const log = createLog({
  write(line) {
    progress.clear();
    lines.write(line);
  },
});
const ending = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    log.warn({ signal }, `${signal}: ending`);
    ending.abort();
  });
}
const around: Surroundings = {
  environment: process.env,
  log,
  logged: () => lines.text(),
  progress,
  signal: ending.signal,
  print: (line) => void process.stdout.write(`${line}\n`),
};

const program = new Command("isotherm-training")
  .description("Trains models, registers them, and keeps the data sets they are trained on")
  .addCommand(trainCommand(around))
  .addCommand(sweepCommand(around))
  .addCommand(fetchDataCommand(around))
  .addCommand(collectCommand(around))
  .addCommand(registerCommand(around))
  .addCommand(evaluateCommand(around))
  .addCommand(compareCommand(around))
  .addCommand(batchInferCommand(around))
  .addCommand(driftCommand(around))
  .addCommand(shadowCommand(around))
  .addCommand(dataCommand(around))
  .addCommand(storageInitCommand(around))
  .addCommand(backupCommand(around));
for (const command of [program, ...program.commands, ...program.commands.flatMap(children)]) {
  command.exitOverride().showHelpAfterError();
}

try {
  await program.parseAsync();
  process.exitCode = exitCodes.ok;
} catch (error) {
  progress.clear();
  // The command line's own help and mistakes have been printed already.
  if (error instanceof CommanderError) {
    process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.badInput);
  }
  log.error({ error: error instanceof Error ? error.name : "Error" }, reason(error));
  process.exitCode = exitCodeOf(error);
}
await closeWorkerGroups();
// A request that hangs must not hold an ended process.
process.exit();

function children(command: Command): readonly Command[] {
  return command.commands;
}
